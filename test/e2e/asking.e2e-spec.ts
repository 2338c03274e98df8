import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import {
  connectSendTalk,
  magic,
  person,
  PROBLEM,
  startWorld,
  viaDoku,
  viaWappin,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
/** What happens to messages at the providers happens when these are moved on; nothing of it is posted. */
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  const callbackPlan = { posted: false, firstAfterMs: SECOND, betweenMs: SECOND };
  world = await startWorld({ exotel: {}, sendtalk: {}, meta: {}, clock, timers, callbackPlan });
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let people = 0;
const refresh = async (id: string, call = world.call): Promise<any> =>
  (
    await call(
      `mutation ($id: ID!) { refreshMessage(id: $id) { __typename ... on Message { id status sentAt deliveredAt readAt } ${PROBLEM} } }`,
      { id },
    )
  ).data?.refreshMessage;
async function submitted(input: Record<string, unknown>): Promise<string> {
  const { id } = await world.send(input);
  await world.messageIn(id, 'SUBMITTED');
  await world.quiet();
  return id;
}
const text = (accountId: string, to = person(++people)): Record<string, unknown> => ({
  ...{ to, accountId, content: { text: { text: 'Halo' } } },
});
/** One more thing happens to each message at its provider, and the clock goes on by a second. */
const happen = async (): Promise<void> => {
  clock.advance(SECOND);
  timers.advance(SECOND);
  // What happens next is laid up when this has happened.
  await new Promise((resolve) => setImmediate(resolve));
};
const asked = (kind: 'WAPPIN' | 'SENDTALK'): number =>
  world.simulator.ledger.calls({ kind }).filter(({ path }) => /inquiry|get_status/.test(path)).length;
const types = async (id: string): Promise<string[]> =>
  (await world.message(id)).events.map(({ type }: any) => type.replace('MESSAGE_', ''));

describe('refreshMessage', () => {
  it('asks Wappin, which tells all that happened with its times', async () => {
    const id = await submitted(viaWappin(person(++people), { accountId: world.wappin.id }));
    expect(await refresh(id)).toMatchObject({ __typename: 'Message', status: 'SUBMITTED' });
    await happen();
    const sentAt = clock.now().toISOString();
    expect(await refresh(id)).toMatchObject({ status: 'SENT', sentAt });
    await happen();
    await happen();
    const message = await refresh(id);
    expect(message).toMatchObject({ status: 'READ', sentAt, readAt: clock.now().toISOString() });
    expect(Date.parse(message.deliveredAt)).toBe(clock.now().getTime() - SECOND);
    expect(await types(id)).toEqual(['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ']);
  });

  it('asks SendTalk, which tells how far it is', async () => {
    const id = await submitted(text(world.sendtalk.id));
    const before = asked('SENDTALK');
    expect(await refresh(id)).toMatchObject({ __typename: 'Message', status: 'SUBMITTED' });
    await happen();
    expect(await refresh(id)).toMatchObject({ status: 'SENT', sentAt: clock.now().toISOString() });
    await happen();
    expect(await refresh(id)).toMatchObject({ status: 'DELIVERED' });
    await happen();
    expect(await refresh(id)).toMatchObject({ status: 'READ', readAt: clock.now().toISOString() });
    expect(asked('SENDTALK')).toBe(before + 4);
    expect(await types(id)).toEqual(['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ']);
  });

  it('tells of a failure too', async () => {
    for (const input of [
      viaWappin(magic('802'), { accountId: world.wappin.id }),
      text(world.sendtalk.id, magic('802')),
    ]) {
      const id = await submitted(input);
      await happen();
      expect(await refresh(id)).toMatchObject({ status: 'FAILED' });
      expect(await world.message(id)).toMatchObject({ problem: { code: 'PROVIDER_REJECTED' } });
    }
  });

  it('that learns nothing new tells nobody anything', async () => {
    const id = await submitted(viaWappin(magic('809'), { accountId: world.wappin.id }));
    await happen();
    await refresh(id);
    const before = await world.counts('events');
    expect(await refresh(id)).toMatchObject({ status: 'SENT' });
    expect(await world.counts('events')).toEqual(before);
  });

  it('is UNSUPPORTED_BY_PROVIDER where the provider cannot be asked', async () => {
    for (const input of [
      viaDoku(person(++people), { accountId: world.doku.id }),
      text(world.exotel.id),
      text(world.meta.id),
    ]) {
      const id = await submitted(input);
      const before = world.simulator.ledger.counts().requests;
      expect(await refresh(id)).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'id' });
      expect(world.simulator.ledger.counts().requests).toBe(before);
    }
  });

  it('is INVALID_TRANSITION where there is no id to ask by: it waits, or nobody knows whether it left', async () => {
    const { id: lost } = await world.send(viaWappin(magic('903'), { accountId: world.wappin.id }));
    await world.messageIn(lost, 'UNCONFIRMED');
    const scheduledAt = new Date(clock.now().getTime() + MINUTE).toISOString();
    const later = viaWappin(person(++people), { accountId: world.wappin.id, scheduledAt });
    const { id: scheduled } = await world.send(later);
    for (const id of [lost, scheduled])
      expect(await refresh(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
  });

  it('is NOT_FOUND for a message of another project, and for what is none', async () => {
    const id = await submitted(viaWappin(person(++people), { accountId: world.wappin.id }));
    const { key } = await makeProject(world.call, ['SEND']);
    const other = graphql(world.gateway.url, key.secret);
    const before = asked('WAPPIN');
    expect(await refresh(id, other)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    for (const strange of [`msg_${'0'.repeat(32)}`, 'msg_1', '', id.replace('msg', 'acc')])
      expect(await refresh(strange)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(asked('WAPPIN')).toBe(before);
  });

  it('needs a key with SEND', async () => {
    const reader = await makeKey(world.call, ['READ']);
    const { errors } = await graphql(
      world.gateway.url,
      reader.secret,
    )('mutation { refreshMessage(id: "msg_1") { __typename } }');
    expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  it('says that the provider could not say, and the message stays as it is', async () => {
    const id = await submitted(viaWappin(person(++people), { accountId: world.wappin.id }));
    for (const behaviour of [
      { refuse: { http: 503, code: null, message: '' } },
      { line: 'dropped', sent: false },
      { answer: 'html' },
      { refuse: { http: 200, code: '700', message: 'Error from vendor' } },
    ] as const) {
      world.simulator.configure({ faults: [{ kind: 'WAPPIN', on: 'inquiry', next: 1, behaviour }] });
      expect(await refresh(id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', provider: { retryable: true } });
    }
    const unknown = { refuse: { http: 200, code: '404', message: 'Data not Found' } };
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', on: 'inquiry', next: 1, behaviour: unknown }] });
    expect(await refresh(id)).toMatchObject({ __typename: 'Message', status: 'SUBMITTED' });
  });

  it('whose answer is late does not take back what was heard meanwhile', async () => {
    const id = await submitted(viaWappin(person(++people), { accountId: world.wappin.id }));
    await happen();
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', on: 'inquiry', next: 1, behaviour: { delayMs: 3_000 } }] });
    const before = timers.pending;
    const asking = refresh(id);
    await until(() => timers.pending > before);
    for (let n = 0; n < 2; n++) await happen();
    expect(await refresh(id)).toMatchObject({ status: 'READ' });
    timers.advance(3_000);
    expect(await asking).toMatchObject({ status: 'READ' });
    expect((await types(id)).at(-1)).toBe('READ');
  });

  it('counts in the account’s budget, and says when it may ask again', async () => {
    const tight = await connectSendTalk(world.call, world.simulator.url, { name: 'Tight', requestsPerMinute: 1 });
    const id = await submitted(text(tight.id));
    const refused = await refresh(id);
    expect(refused).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAt: expect.any(String) });
    clock.set(refused.retryAt);
    expect(await refresh(id)).toMatchObject({ __typename: 'Message' });
    expect(await refresh(id)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  // The last of them: it stops the account.
  it('says that the credentials are refused, and stops nothing: a token may lack one right and still send', async () => {
    const id = await submitted(text(world.sendtalk.id));
    const refuse = { http: 200, code: '49103', message: 'API-Key is not found' };
    world.simulator.configure({ faults: [{ kind: 'SENDTALK', on: 'inquiry', next: 1, behaviour: { refuse } }] });
    expect(await refresh(id)).toMatchObject({ code: 'PROVIDER_AUTH_FAILED', provider: { code: '49103' } });
    const { providerAccount } = await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', {
      id: world.sendtalk.id,
    });
    expect(providerAccount).toEqual({ health: 'HEALTHY' });
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });
});
