import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { newId, uuidOf } from '../../src/common/ids.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { addTemplate, person, PROBLEM, startWorld, type World } from '../support/world.js';

const SET = `mutation ($input: QuietHoursInput) {
  setQuietHours(input: $input) { __typename ... on Project { id quietHours { from to } } ${PROBLEM} }
}`;
const BY_DAY = { from: '08:00', to: '21:00' };

const clock = new ManualClock();
let world: World;
beforeAll(async () => {
  world = await startWorld({ clock, doku: false, callbackPlan: { statuses: [] } });
  for (const category of ['MARKETING', 'AUTHENTICATION'])
    await addTemplate(world.call, {
      name: category.toLowerCase(),
      category,
      account: world.wappin,
      externalId: 'templ_uat_2',
    });
});
afterEach(() => set(null));
afterAll(() => world.close());

const set = async (input: unknown): Promise<any> => (await world.ask(SET, { input })).setQuietHours;
const send = (to: string, template = 'marketing', more: Record<string, unknown> = {}): Promise<any> =>
  world.send({ to, content: { template: { name: template, params: ['Siti', '1 Maret'] } }, ...more });
const stateOf = async (id: string): Promise<string> => (await world.message(id)).status;
let next = 0;
const someone = (): string => person(++next);

/** The next time that clocks in Jakarta (UTC+7) show it. */
const nextTime = (jakarta: string): Date => {
  const [hour = 0, minute = 0] = jakarta.split(':').map(Number);
  const today = new Date(clock.now());
  today.setUTCHours(hour - 7, minute, 0, 0);
  while (today <= clock.now()) today.setTime(today.getTime() + DAY);
  return today;
};
/** Lets time pass until then. */
const passTo = async (jakarta: string): Promise<void> => {
  const ms = nextTime(jakarta).getTime() - clock.now().getTime();
  await world.pass(ms - 2 * SECOND, HOUR);
  await world.pass(2 * SECOND);
};
const hold = (enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id: world.wappin.id, enabled },
  );

describe('quiet hours', () => {
  it('are none in a new project, are set, shown, and switched off', async () => {
    const shown = async (): Promise<unknown> =>
      (await world.ask('{ viewer { project { quietHours { from to } } } }')).viewer.project.quietHours;
    expect(await shown()).toBeNull();
    expect(await set(BY_DAY)).toMatchObject({ __typename: 'Project', quietHours: BY_DAY });
    expect(await shown()).toEqual(BY_DAY);
    expect(await set(null)).toMatchObject({ __typename: 'Project', quietHours: null });
    expect(await shown()).toBeNull();
  });

  it.each([
    ['from', { from: '8:00', to: '21:00' }],
    ['from', { from: '24:00', to: '21:00' }],
    ['to', { from: '08:00', to: '21:60' }],
    ['to', { from: '08:00', to: '21:00:00' }],
    ['to', { from: '08:00', to: '' }],
    ['to', { from: '08:00', to: '08:00' }],
  ])('are refused at %s for %j, and those that were stay', async (field, hours) => {
    await set(BY_DAY);
    expect(await set(hours)).toMatchObject({ __typename: 'Problem', code: 'INVALID_INPUT', field });
    const { projects } = await world.ask('{ projects { quietHours { from to } } }');
    expect(projects).toContainEqual({ quietHours: BY_DAY });
  });

  it('are set with MANAGE, for one’s own project', async () => {
    const sender = await makeKey(world.call, ['READ', 'SEND']);
    const refused = await graphql(world.gateway.url, sender.secret)(SET, { input: BY_DAY });
    expect(refused.errors?.[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    const { projectId, key } = await makeProject(world.call, ['READ', 'MANAGE']);
    await graphql(world.gateway.url, key.secret)(SET, { input: { from: '10:00', to: '16:00' } });
    const { projects } = await world.ask('{ projects { id quietHours { from } } }');
    const others = projects.filter(({ quietHours }: any) => quietHours !== null);
    expect(others).toEqual([{ id: projectId, quietHours: { from: '10:00' } }]);
  });
});

describe('MARKETING outside the hours', () => {
  it('waits, SCHEDULED, for the first moment within them, and nothing else waits', async () => {
    await set(BY_DAY);
    await passTo('22:00');
    const { id, status } = await send(someone());
    expect(status).toBe('SCHEDULED');
    for (const template of ['authentication', 'reminder']) {
      const other = await send(someone(), template);
      await world.quiet();
      expect(await stateOf(other.id)).toBe('SUBMITTED');
    }
    await passTo('07:59');
    expect(await world.message(id)).toMatchObject({ status: 'SCHEDULED', attempts: [] });
    await passTo('08:00');
    await world.pass(2 * SECOND);
    const message = await world.message(id);
    expect(message.status).toBe('SUBMITTED');
    expect(message.events.map(({ type }: any) => type)).toEqual([
      'MESSAGE_SCHEDULED',
      'MESSAGE_QUEUED',
      'MESSAGE_SUBMITTED',
    ]);
  });

  it('leaves at once within them', async () => {
    await set(BY_DAY);
    await passTo('08:00');
    const { id, status } = await send(someone());
    expect(status).toBe('QUEUED');
    await world.quiet();
    expect(await stateOf(id)).toBe('SUBMITTED');
  });

  it('goes by the clock of whom it is written to', async () => {
    await set(BY_DAY);
    await passTo('22:00'); // 16:00 in Berlin in winter
    const statuses = await Promise.all(
      ['+4915112345678', someone(), '+919876543210', '+819012345678'].map(async (to) => (await send(to)).status),
    );
    expect(statuses).toEqual(['QUEUED', 'SCHEDULED', 'QUEUED', 'SCHEDULED']);
  });

  it('waits on where the time that the caller named lies outside of them', async () => {
    await set(BY_DAY);
    await passTo('12:00');
    const { id } = await send(someone(), 'marketing', { scheduledAt: nextTime('23:30').toISOString() });
    const early = await send(someone(), 'marketing', { scheduledAt: nextTime('19:00').toISOString() });
    await passTo('19:05');
    expect([await stateOf(early.id), await stateOf(id)]).toEqual(['SUBMITTED', 'SCHEDULED']);
    await passTo('07:59');
    expect(await stateOf(id)).toBe('SCHEDULED');
    await passTo('08:01');
    expect(await stateOf(id)).toBe('SUBMITTED');
  });

  it('expires where its end comes before them', async () => {
    await set(BY_DAY);
    await passTo('22:00');
    const { id } = await send(someone(), 'marketing', { expiresAt: nextTime('06:00').toISOString() });
    await passTo('06:01');
    expect(await world.message(id)).toMatchObject({ status: 'EXPIRED', attempts: [] });
  });
});

describe('what waits for the hours follows new ones', () => {
  it('and leaves at once when they are switched off, but not before the time that the caller named', async () => {
    await set(BY_DAY);
    await passTo('22:00');
    const { id } = await send(someone());
    const named = await send(someone(), 'marketing', { scheduledAt: nextTime('03:00').toISOString() });
    await set(null);
    await world.pass(2 * SECOND);
    expect([await stateOf(id), await stateOf(named.id)]).toEqual(['SUBMITTED', 'SCHEDULED']);
    await passTo('02:59');
    expect(await stateOf(named.id)).toBe('SCHEDULED');
    await passTo('03:01');
    expect(await stateOf(named.id)).toBe('SUBMITTED');
  });

  it('and waits for later ones without leaving in between', async () => {
    await set(BY_DAY);
    await passTo('22:00');
    const { id } = await send(someone());
    await set({ from: '10:30', to: '16:00' });
    await passTo('10:29');
    expect(await stateOf(id)).toBe('SCHEDULED');
    await passTo('10:31');
    const { status, events } = await world.message(id);
    expect(status).toBe('SUBMITTED');
    expect(events).toHaveLength(3);
  });

  it('also where it waits by the thousand for the same moment, in this project alone', async () => {
    await set(BY_DAY);
    await passTo('22:00');
    const campaign: any[] = [];
    for (let batch = 0; batch < 5; batch++) {
      const inputs = Array.from({ length: 500 }, () => ({
        to: someone(),
        content: { template: { name: 'marketing', params: ['Siti', '1 Maret'] } },
      }));
      campaign.push(...(await world.sendAll(inputs)));
    }
    expect(new Set(campaign.map(({ status }) => status))).toEqual(new Set(['SCHEDULED']));
    const another = uuidOf('prj', (await makeProject(world.call, ['READ'])).projectId);
    await world.rows(
      `insert into messages
       select (jsonb_populate_record(null::messages, to_jsonb(m) || jsonb_build_object('project_id', $1::uuid, 'id', $2::uuid))).*
         from messages m where status = 'SCHEDULED' limit 1`,
      [another, newId()],
    );
    await set({ from: '05:00', to: '21:00' });
    const times = await world.rows(
      `select project_id = $1 as others, timer_at as time, count(*)::int as count from messages
        where status = 'SCHEDULED' group by 1, 2 order by 1`,
      [another],
    );
    expect(times).toEqual([
      { others: false, time: nextTime('05:00'), count: 2_500 },
      { others: true, time: nextTime('08:00'), count: 1 },
    ]);
    await world.rows(`delete from messages where status = 'SCHEDULED'`);
  });

  it('also where it was put off at its turn, because its account was held in the hours', async () => {
    await set(BY_DAY);
    await passTo('20:00');
    await hold(false);
    const { id, status } = await send(someone(), 'marketing', { accountId: world.wappin.id });
    expect(status).toBe('QUEUED');
    await passTo('22:00');
    await hold(true);
    await world.pass(5 * MINUTE, MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED', attempts: [] });
    await set({ from: '08:00', to: '22:30' });
    await world.quiet();
    expect(await stateOf(id)).toBe('SUBMITTED');
  });
});
