import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, SECOND } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { magic, person, startWorld, viaDoku, viaWappin, type World } from '../support/world.js';

const STATS = `query ($from: DateTime!, $to: DateTime!, $interval: StatsInterval!, $timeZone: String, $byAccount: Boolean) {
  messageStats(from: $from, to: $to, interval: $interval, timeZone: $timeZone, byAccount: $byAccount) {
    start status count account { id name }
  }
}`;

// 23:30 in Jakarta.
const clock = new ManualClock('2026-03-01T16:30:00Z');
const TODAY = { from: '2026-03-01T16:00:00Z', to: '2026-03-01T18:00:00Z' };
let world: World;
beforeAll(async () => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] } });
  for (let n = 0; n < 3; n++) await world.send(viaWappin(person(n)));
  await world.send(viaWappin(magic('601')));
  await world.send(viaDoku(person(3)));
  await world.pass(HOUR, HOUR / 2);
  await world.send(viaWappin(person(4)));
  await world.send(viaDoku(person(5), { scheduledAt: '2026-03-02T09:00:00Z' }));
  await world.pass(2 * SECOND);
});
afterAll(() => world.close());

const ask = (more: Record<string, unknown>): Promise<any> => world.call(STATS, { ...TODAY, interval: 'DAY', ...more });
const stats = async (more: Record<string, unknown> = {}): Promise<any[]> => {
  const { data, errors } = await ask(more);
  expect(errors).toBeUndefined();
  return data.messageStats;
};
const row = (start: string, status: string, count: number, account: unknown = null): unknown => ({
  ...{ start, status, count, account },
});

describe('messageStats', () => {
  it('counts messages by where they stand now, in UTC where no zone is named', async () => {
    expect(await stats()).toEqual([
      row('2026-03-01T00:00:00.000Z', 'SCHEDULED', 1),
      row('2026-03-01T00:00:00.000Z', 'SUBMITTED', 5),
      row('2026-03-01T00:00:00.000Z', 'FAILED', 1),
    ]);
  });

  it('counts by the days of the zone that is asked for', async () => {
    expect(await stats({ timeZone: 'Asia/Jakarta' })).toEqual([
      row('2026-02-28T17:00:00.000Z', 'SUBMITTED', 4),
      row('2026-02-28T17:00:00.000Z', 'FAILED', 1),
      row('2026-03-01T17:00:00.000Z', 'SCHEDULED', 1),
      row('2026-03-01T17:00:00.000Z', 'SUBMITTED', 1),
    ]);
  });

  it('counts each account for itself when asked to', async () => {
    const doku = { id: world.doku.id, name: 'DOKU' };
    const wappin = { id: world.wappin.id, name: 'Wappin' };
    const asked = { timeZone: 'Asia/Kathmandu', interval: 'HOUR', byAccount: true };
    expect(await stats(asked)).toEqual([
      row('2026-03-01T16:15:00.000Z', 'SUBMITTED', 1, doku),
      row('2026-03-01T16:15:00.000Z', 'SUBMITTED', 3, wappin),
      row('2026-03-01T16:15:00.000Z', 'FAILED', 1, wappin),
      row('2026-03-01T17:15:00.000Z', 'SCHEDULED', 1, doku),
      row('2026-03-01T17:15:00.000Z', 'SUBMITTED', 1, wappin),
    ]);
  });

  it('follows a message to its next state', async () => {
    await world.pass(16 * HOUR, HOUR);
    await world.pass(2 * SECOND);
    expect(await stats()).toEqual([
      row('2026-03-01T00:00:00.000Z', 'SUBMITTED', 6),
      row('2026-03-01T00:00:00.000Z', 'FAILED', 1),
    ]);
  });

  it('takes READ, and shows nothing of another project', async () => {
    const { key } = await makeProject(world.call, ['READ']);
    const other = await graphql(world.gateway.url, key.secret)(STATS, { ...TODAY, interval: 'HOUR' });
    expect(other.data).toEqual({ messageStats: [] });
    const operator = await makeKey(world.call, ['OPERATOR']);
    const refused = await graphql(world.gateway.url, operator.secret)(STATS, { ...TODAY, interval: 'HOUR' });
    expect(refused.errors?.[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  });

  it.each([
    ['a zone that there is not', { timeZone: 'Mars/Phobos' }, 'timeZone', 'Asia/Jakarta'],
    ['a span that ends before it begins', { to: '2026-03-01T15:00:00Z' }, 'from', 'before to'],
    ['more buckets than anybody draws', { to: '2026-03-03T16:00:00Z', interval: 'MINUTE' }, 'interval', '2880 buckets'],
  ])('refuses %s, with the argument that is wrong and how to mend it', async (_what, more, field, says) => {
    const { errors } = await ask(more);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
    expect(errors?.[0].message).toContain(says);
  });
});
