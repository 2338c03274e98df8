import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { graphql, subscribe } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { personSends, postSendTalkWebhook } from '../support/simulator-peers.js';
import { until } from '../support/until.js';
import { eventsOf, lastMadeFor, madeFor, strangers, toldWhen, verificationHands } from '../support/verifications.js';
import { connectSendTalk, SENDTALK_CREDENTIALS, startWorld, type World } from '../support/world.js';

const NOBODYS_ID = '11111111-2222-4333-8444-555555555555';
const account = SENDTALK_CREDENTIALS.apiKey;

const clock = new ManualClock();
/** SendTalk answers, where it is slow, when these are moved on. */
const timers = new ManualTimers();
const stranger = strangers();
let world: World;
let hands: ReturnType<typeof verificationHands>;
beforeAll(async () => {
  world = await startWorld({ clock, timers, doku: false, wappin: false, sendtalk: {} });
  hands = verificationHands(world.ask);
});
afterAll(() => world.close());

interface Started {
  readonly id: string;
  readonly phone: string;
  readonly expiresAt: Date;
  /** SendTalk’s id of it. */
  readonly reference: string;
}
async function start(): Promise<Started> {
  const phone = stranger();
  const { id, expiresAt } = await hands.start({ phone });
  return { id, phone, expiresAt: new Date(expiresAt), reference: (await lastMadeFor(world, phone)).id };
}

/** Posts a webhook and lets it be read; answers how each copy was taken. */
async function post(webhook: Parameters<typeof postSendTalkWebhook>[1]): Promise<(number | null)[]> {
  const posted = await postSendTalkWebhook(world.simulator.url, webhook);
  await world.quiet();
  return posted.map(({ httpStatus }) => httpStatus);
}

describe('a webhook', () => {
  it.each([
    ['a wrong secret', { forged: true }],
    ['no secret', { unsigned: true }],
  ])('with %s is answered with 401, and nothing of it is kept', async (_what, how) => {
    const { id, reference } = await start();
    const before = await world.counts('callbacks', 'parked_callbacks', 'events');
    expect(await post({ id: reference, ...how })).toEqual([401]);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', verifiedAt: null });
    expect(await world.counts('callbacks', 'parked_callbacks', 'events')).toEqual(before);
  });

  it('for another number proves nothing, and is told in the log; the right one still does', async () => {
    const { id, reference } = await start();
    expect(await post({ id: reference, userPhone: '6285700000001' })).toEqual([200]);
    const refused = await hands.read(id);
    expect(refused).toMatchObject({ status: 'PENDING', verifiedAt: null });
    expect(refused.events[1]).toMatchObject({ type: 'VERIFICATION_REFUSED', data: { reason: 'ANOTHER_NUMBER' } });
    expect(await post({ id: reference })).toEqual([200]);
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED', 'REFUSED', 'VERIFIED']);
  });

  it('for another number over and over does not fill the log', async () => {
    const { id, reference } = await start();
    for (let repeats = 0; repeats < 10; repeats++) await post({ id: reference, userPhone: '6285700000001', times: 4 });
    const { events } = await hands.read(id);
    expect(events.length).toBeLessThan(25);
    await post({ id: reference });
    expect(await hands.read(id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('that comes often verifies once, and at the first time', async () => {
    const { id, reference } = await start();
    const verifiedAt = clock.now();
    expect(await post({ id: reference, times: 5 })).toEqual([200, 200, 200, 200, 200]);
    await world.pass(SECOND);
    expect(await post({ id: reference })).toEqual([200]);
    const verified = await hands.read(id);
    expect(verified.verifiedAt).toBe(verifiedAt.toISOString());
    expect(eventsOf(verified)).toEqual(['STARTED', 'VERIFIED']);
  });

  it.each([
    ['with another word', { status: 'expired' }],
    ['with a number that cannot be read', { userPhone: 'nobody' }],
    ['that is no JSON', { body: 'id=1&status=verified' }],
  ])('%s moves nothing', async (_what, change) => {
    const { id, reference } = await start();
    expect(await post({ account, id: reference, ...change })).toEqual([200]);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING' });
  });

  it('proves the number also where its account is held meanwhile', async () => {
    const hold =
      'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }';
    const { id, reference } = await start();
    await world.ask(hold, { id: world.sendtalk.id, input: { enabled: false } });
    await post({ id: reference });
    expect(await hands.read(id)).toMatchObject({ status: 'VERIFIED' });
    await world.ask(hold, { id: world.sendtalk.id, input: { enabled: true } });
  });

  it('to another account, with that one’s secret, says nothing of this one’s verifications', async () => {
    const theirs = { apiKey: 'sendtalk-of-another', webhookSecret: 'secret-of-another' };
    world.simulator.configure({ accounts: [{ kind: 'SENDTALK', ...theirs }] });
    const { key } = await makeProject(world.call, ['ADMIN']);
    const call = graphql(world.gateway.url, key.secret);
    const { callbackUrl } = await connectSendTalk(call, world.simulator.url, { credentials: theirs });
    const { id, phone, reference } = await start();
    const webhook = { account: theirs.apiKey, url: callbackUrl as string, id: reference, userPhone: phone.slice(1) };
    expect(await post(webhook)).toEqual([200]);
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED']);
  });
});

describe('a proof at the edge of the expiry', () => {
  it.each([
    ['a minute before it', -MINUTE, 'VERIFIED'],
    ['at it', 0, 'VERIFIED'],
    ['5 s after it, for clocks differ', 5 * SECOND, 'VERIFIED'],
    ['5.001 s after it', 5 * SECOND + 1, 'EXPIRED'],
    ['an hour after it', 60 * MINUTE, 'EXPIRED'],
  ])('that is dated %s and comes when it is EXPIRED: %j', async (_what, offset, status) => {
    const { id, reference, expiresAt } = await start();
    await world.pass(2 * 60 * MINUTE, 2 * 60 * MINUTE);
    expect(await hands.read(id)).toMatchObject({ status: 'EXPIRED', verifiedAt: null });
    const at = later(expiresAt, offset);
    expect(await post({ id: reference, verifiedTime: at.getTime() })).toEqual([200]);
    const isVerified = status === 'VERIFIED';
    const seen = await hands.read(id);
    expect(seen).toMatchObject({ status, verifiedAt: isVerified ? at.toISOString() : null });
    expect(eventsOf(seen)).toEqual(['STARTED', 'EXPIRED', isVerified ? 'VERIFIED' : 'REFUSED']);
    if (!isVerified)
      expect(seen.events[2]).toMatchObject({ occurredAt: at.toISOString(), data: { reason: 'EXPIRED' } });
  });

  it('is looked at by its own date before our clock has said EXPIRED, too', async () => {
    const { id, reference, expiresAt } = await start();
    await post({ id: reference, verifiedTime: later(expiresAt, 5 * SECOND + 1).getTime() });
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED', 'REFUSED']);
    await post({ id: reference, verifiedTime: later(expiresAt, 5 * SECOND).getTime() });
    expect(await hands.read(id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('is of the time at which it came where it has no date', async () => {
    const { id, reference } = await start();
    await world.pass(11 * MINUTE, 11 * MINUTE);
    await post({ account, body: { id: reference, userPhone: (await hands.read(id)).phone, status: 'verified' } });
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED', 'EXPIRED', 'REFUSED']);
  });
});

describe('a resend that SendTalk is slow to answer', () => {
  it.each<[string, string, (started: Started) => Promise<unknown>]>([
    ['the first link proved the number', 'VERIFIED', ({ reference }) => postSlowly({ id: reference })],
    ['it was canceled', 'CANCELED', ({ id }) => hands.cancel(id)],
  ])('changes nothing where meanwhile %s', async (_what, status, happens) => {
    const started = await start();
    await world.pass(MINUTE, MINUTE);
    world.simulator.configure({
      faults: [{ kind: 'SENDTALK', on: 'verification', next: 1, behaviour: { delayMs: SECOND } }],
    });
    const resending = hands.resend(started.id);
    await until(() => timers.pending > 0, 'SendTalk has been asked');
    await happens(started);
    await hands.readIn(started.id, status);
    timers.advance(SECOND);
    expect(await resending).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await hands.read(started.id)).toMatchObject({ status, steps: [{ method: 'SENDTALK', problem: null }] });
    const [second] = await madeFor(world, started.phone);
    expect(second!.id).not.toBe(started.reference);
    await post({ id: second!.id });
    expect(eventsOf(await hands.read(started.id))).toEqual(['STARTED', status]);
  });

  /** Does not wait until all is quiet: a call is under way. */
  const postSlowly = (webhook: Parameters<typeof postSendTalkWebhook>[1]): Promise<unknown> =>
    postSendTalkWebhook(world.simulator.url, webhook);
});

describe('a webhook that names what nobody knows', () => {
  const isParked = async (reference: string): Promise<boolean> =>
    (await world.rows('select 1 from parked_callbacks where reference = $1', [reference])).length > 0;

  it('is taken, tried for a day, and kept as unmatched', async () => {
    expect(await post({ account, id: NOBODYS_ID, userPhone: '6285700000001' })).toEqual([200]);
    const kept = async (): Promise<any> =>
      (await world.rows('select misses, unmatched, due_at from callbacks order by id desc limit 1'))[0];
    expect(await kept()).toMatchObject({ misses: 1, unmatched: false, due_at: later(clock.now(), 100) });
    await world.pass(DAY + 2 * 60 * MINUTE, 60 * MINUTE);
    expect(await kept()).toMatchObject({ unmatched: true, due_at: null });
    expect(await isParked(NOBODYS_ID)).toBe(false);
  });

  it('is found as soon as the answer names it that made the verification', async () => {
    world.simulator.configure({
      faults: [{ kind: 'SENDTALK', on: 'verification', next: 1, behaviour: { delayMs: SECOND } }],
    });
    const phone = stranger();
    const starting = hands.start({ phone });
    const [made] = await until(async () => {
      const found = await madeFor(world, phone);
      return timers.pending > 0 && found.length > 0 && found;
    }, 'SendTalk has made it');
    const { webhook } = await personSends(world.simulator.url, { id: made!.id });
    expect(webhook).toMatchObject([{ httpStatus: 200 }]);
    await until(() => isParked(made!.id), 'it is parked');
    const { verifications } = await world.ask(
      'query ($phone: String) { verifications(filter: { phone: $phone }) { totalCount } }',
      { phone },
    );
    expect(verifications.totalCount).toBe(0);
    // The clock stands: nothing but the answer lets it be read again.
    timers.advance(SECOND);
    const { id } = await starting;
    expect(eventsOf(await hands.readIn(id, 'VERIFIED'))).toEqual(['STARTED', 'VERIFIED']);
    await world.quiet();
    expect(await isParked(made!.id)).toBe(false);
  });
});

describe('two gateways on one database', () => {
  it('tell of what the other one hears', async () => {
    const other = await world.gateway.beside({ env: { ROLE: 'api' } });
    const { id, reference } = await start();
    const subscription = subscribe(
      other.url,
      world.gateway.adminKey,
      'subscription ($id: ID!) { verificationUpdated(id: $id) { status } }',
      { id },
    );
    await subscription.connected;
    expect(await subscription.next()).toEqual({ verificationUpdated: { status: 'PENDING' } });
    const url = world.sendtalk.callbackUrl as string;
    expect(await post({ id: reference, url })).toEqual([200]);
    const changed = await toldWhen(subscription, ({ status }) => status !== 'PENDING');
    expect(changed).toEqual({ status: 'VERIFIED' });
    const back = await start();
    await post({ id: back.reference, url: `${other.url}${new URL(url).pathname}` });
    expect(eventsOf(await hands.readIn(back.id, 'VERIFIED'))).toEqual(['STARTED', 'VERIFIED']);
    await subscription.stop();
    await other.close();
  });
});
