import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueRoom } from '../../../test/support/queue-room.js';
import { newId } from '../../common/ids.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';

const HOURS = { from: '08:00', to: '21:00' };
/** In Jakarta, at UTC+7, it is ten in the evening, and in Berlin four in the afternoon. */
const EVENING = '2026-03-01T15:00:00Z';
const MORNING = '2026-03-02T01:00:00Z';
const JAKARTA = '+62878200000';
const BERLIN = '+491511234567';

let room: QueueRoom;
let account: ProviderAccount;
beforeAll(async () => {
  room = await QueueRoom.open();
});
afterAll(() => room.close());

const register = async (to: ProviderAccount, category: string): Promise<string> => {
  const id = newId();
  await room.database.rows(
    `insert into template_registrations (project_id, template_id, account_id, external_id, status, category, updated_at)
     values ($1, $2, $3, 'templ', 'APPROVED', $4, $5)`,
    [to.projectId, id, to.id, category, room.clock.now()],
  );
  return id;
};
const state = (ids: readonly string[]): Promise<{ status: string; due: Date; attempts: number }[]> =>
  room.messages(ids, 'm.status, m.due_at as due, m.attempts');

describe('in a project with hours for MARKETING', () => {
  beforeEach(async () => {
    room.clock.set(EVENING);
    account = await room.account({ projectId: await room.project(HOURS), requestsPerMinute: 40 });
  });

  it('a message whose turn comes outside of them is put off, and costs nothing', async () => {
    const templateId = await register(account, 'MARKETING');
    const ids = await room.queue(account, [
      { person: `${JAKARTA}1`, templateId },
      { person: `${JAKARTA}2`, templateId },
    ]);
    expect(await room.claim(account)).toMatchObject({ claimed: [], more: false, again: null });
    const putOff = { status: 'QUEUED', due: new Date(MORNING), attempts: 0 };
    expect(await state(ids)).toEqual([putOff, putOff]);
    const [budget] = await room.database.rows('select full_at as "fullAt" from account_budgets where account_id = $1', [
      account.id,
    ]);
    expect(budget).toEqual({ fullAt: account.createdAt });
    room.clock.set(MORNING);
    expect(await room.send(account)).toEqual([`${JAKARTA}1`]);
  });

  it('other messages leave, and those to persons elsewhere, where it is day', async () => {
    const [marketing, utility] = [await register(account, 'MARKETING'), await register(account, 'UTILITY')];
    await room.set(account.id, 'requests_per_minute = null');
    await room.queue(account, [
      { person: `${JAKARTA}1`, templateId: marketing },
      { person: `${JAKARTA}2`, templateId: utility },
      { person: `${JAKARTA}3` },
      { person: BERLIN, templateId: marketing },
    ]);
    expect(await room.send(account)).toEqual([`${JAKARTA}2`, `${JAKARTA}3`, BERLIN]);
  });

  it('a whole campaign is put off before what stands behind it', async () => {
    const templateId = await register(account, 'MARKETING');
    const campaign = Array.from({ length: 100 }, (_, n) => ({ person: `${JAKARTA}${n}`, templateId }));
    await room.queue(account, [...campaign, { person: `${JAKARTA}999` }]);
    const sent: string[] = [];
    for (let more = true; more;) {
      const batch = await room.claim(account);
      sent.push(...batch.claimed.map(({ person }) => person));
      ({ more } = batch);
    }
    expect(sent).toEqual([`${JAKARTA}999`]);
  });

  it('the account’s own word for the category counts', async () => {
    const other = await room.account({ projectId: account.projectId });
    const templateId = await register(other, 'MARKETING');
    await room.queue(account, [{ person: `${JAKARTA}1`, templateId }]);
    expect(await room.send(account)).toEqual([`${JAKARTA}1`]);
  });
});

describe('in a project without', () => {
  it('they leave at night too', async () => {
    room.clock.set(EVENING);
    const anyTime = await room.account();
    const templateId = await register(anyTime, 'MARKETING');
    await room.queue(anyTime, [{ person: `${JAKARTA}1`, templateId }]);
    expect(await room.send(anyTime)).toEqual([`${JAKARTA}1`]);
  });
});
