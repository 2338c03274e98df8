import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/common/clock.js';
import { graphql, type Subscription } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { personSends } from '../support/simulator-peers.js';
import { eventsOf, lastMadeFor, madeFor, strangers, toldWhen, verificationHands } from '../support/verifications.js';
import { handsOf, SENDTALK_CREDENTIALS, startWorld, type World } from '../support/world.js';

const UPDATES = 'subscription ($id: ID!) { verificationUpdated(id: $id) { id status verifiedAt waLink } }';

const clock = new ManualClock();
const stranger = strangers();
let world: World;
let hands: ReturnType<typeof verificationHands>;
beforeAll(async () => {
  world = await startWorld({ clock, doku: false, wappin: false, sendtalk: {} });
  hands = verificationHands(world.ask);
});
afterAll(() => world.close());

const open: Subscription[] = [];
async function follow(id: string): Promise<Subscription> {
  const subscription = world.gateway.subscribe(UPDATES, { id });
  open.push(subscription);
  await subscription.connected;
  return subscription;
}
afterEach(() => Promise.all(open.splice(0).map((subscription) => subscription.stop())));

/** What the person of a verification sends, and SendTalk’s verdict. */
async function send(phone: string, more: Record<string, unknown> = {}): Promise<string> {
  const { id } = await lastMadeFor(world, phone);
  const { outcome } = await personSends(world.simulator.url, { id, ...more });
  await world.quiet();
  return outcome;
}

describe('a start', () => {
  it('answers the link, the text and the QR code that SendTalk made', async () => {
    const phone = stranger();
    const verification = await hands.start({ phone, reference: 'login-1', expiryMinutes: 7 });
    const made = await lastMadeFor(world, phone);
    expect(verification).toMatchObject({
      ...{ __typename: 'Verification', id: expect.stringMatching(/^ver_/), method: 'SENDTALK', status: 'PENDING' },
      ...{ phone, reference: 'login-1', waLink: made.waLink, waMessage: made.waMessage, problem: null },
      ...{ qrCode: expect.stringMatching(/^data:image\/png;base64,./), watchToken: expect.any(String) },
      ...{ checksLeft: null, nextSendAt: null, verifiedAt: null },
      ...{ createdAt: clock.now().toISOString(), expiresAt: later(clock.now(), 7 * MINUTE).toISOString() },
      steps: [{ method: 'SENDTALK', account: { id: world.sendtalk.id }, message: null, problem: null }],
    });
    expect(made.expiresAt).toBe(verification.expiresAt);
    expect(eventsOf(verification)).toEqual(['STARTED']);
  });

  it('tells SendTalk the language and the address of the app, which stand in the text', async () => {
    const appUrl = 'https://toko.example/masuk';
    const verification = await hands.start({ phone: stranger(), language: 'en', appUrl });
    expect(verification.waMessage).toMatch(/Verification Code: /);
    expect(verification.waMessage).toContain(appUrl);
    expect(new URL(verification.waLink).searchParams.get('text')).toBe(verification.waMessage);
  });

  it('reads the number as people write it', async () => {
    const phone = stranger();
    expect(await hands.start({ phone: phone.replace('+62', '0') })).toMatchObject({ phone });
  });

  it.each([
    ['data', /^data:image\/png;base64,/],
    ['bare', /^data:image\/png;base64,/],
    ['url', /^data:image\/svg\+xml;base64,/],
    ['elided', /^data:image\/svg\+xml;base64,/],
  ] as const)('shows a QR code where SendTalk’s has the form %s', async (qrCode, form) => {
    world.simulator.configure({ accounts: [{ kind: 'SENDTALK', ...SENDTALK_CREDENTIALS, qrCode }] });
    expect((await hands.start({ phone: stranger() })).qrCode).toMatch(form);
    world.simulator.configure({ accounts: [{ kind: 'SENDTALK', ...SENDTALK_CREDENTIALS }] });
  });
});

describe('a person who sends the text', () => {
  it('proves the number, at the time that SendTalk saw it', async () => {
    const phone = stranger();
    const { id } = await hands.start({ phone });
    await world.pass(5 * SECOND);
    const at = later(clock.now(), -2 * SECOND).toISOString();
    expect(await send(phone, { at })).toBe('verified');
    const verification = await hands.readIn(id, 'VERIFIED');
    expect(verification).toMatchObject({ verifiedAt: at, problem: null });
    expect(verification.events).toMatchObject([
      { type: 'VERIFICATION_STARTED', sequence: 1 },
      {
        ...{ type: 'VERIFICATION_VERIFIED', sequence: 2, occurredAt: at, recordedAt: clock.now().toISOString() },
        data: { verification: { id, method: 'SENDTALK', phone, status: 'VERIFIED', reference: null } },
      },
    ]);
  });

  it('is seen at once by whoever follows, after how it was', async () => {
    const phone = stranger();
    const { id, waLink } = await hands.start({ phone });
    const subscription = await follow(id);
    expect((await subscription.next()).verificationUpdated).toEqual({
      id,
      status: 'PENDING',
      verifiedAt: null,
      waLink,
    });
    await send(phone);
    const verifiedAt = clock.now().toISOString();
    const changed = await toldWhen(subscription, ({ status }) => status !== 'PENDING');
    expect(changed).toEqual({ id, status: 'VERIFIED', verifiedAt, waLink });
  });

  it.each([
    ['the text with another code', { changed: true }, 'unknown_code'],
    ['it from another phone', { from: '+6285700000001' }, 'another_number'],
    ['it too late', { late: true }, 'expired'],
  ])('proves nothing by sending %s', async (_what, more, verdict) => {
    const phone = stranger();
    const { id } = await hands.start({ phone });
    expect(await send(phone, more)).toBe(verdict);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', verifiedAt: null });
    expect(await send(phone)).toBe('verified');
    await hands.readIn(id, 'VERIFIED');
  });
});

describe('a verification whose time passes', () => {
  it('is EXPIRED by the gateway’s own clock, for SendTalk says nothing', async () => {
    const { id, expiresAt } = await hands.start({ phone: stranger(), expiryMinutes: 1 });
    const subscription = await follow(id);
    await subscription.next();
    await world.pass(59 * SECOND, 59 * SECOND);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING' });
    await world.pass(2 * SECOND);
    const expired = await hands.read(id);
    expect(expired).toMatchObject({ status: 'EXPIRED', verifiedAt: null });
    expect(expired.events[1]).toMatchObject({ type: 'VERIFICATION_EXPIRED', occurredAt: expiresAt });
    expect(await toldWhen(subscription, ({ status }) => status !== 'PENDING')).toMatchObject({ status: 'EXPIRED' });
  });
});

describe('another link', () => {
  it('comes a minute after the one before, as another step, and the first one proves the number too', async () => {
    const phone = stranger();
    const first = await hands.start({ phone });
    expect(await hands.resend(first.id)).toMatchObject({
      ...{ code: 'TOO_MANY_REQUESTS', field: 'id', retryAt: later(clock.now(), MINUTE).toISOString() },
    });
    await world.pass(59 * SECOND, 59 * SECOND);
    expect(await hands.resend(first.id)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await world.pass(SECOND);
    const second = await hands.resend(first.id);
    expect(second).toMatchObject({ id: first.id, status: 'PENDING', expiresAt: first.expiresAt });
    expect(second.waLink).not.toBe(first.waLink);
    expect(second.steps).toMatchObject([{ method: 'SENDTALK' }, { method: 'SENDTALK' }]);
    const [, made] = await madeFor(world, phone);
    await personSends(world.simulator.url, { id: made!.id });
    expect(eventsOf(await hands.readIn(first.id, 'VERIFIED'))).toEqual(['STARTED', 'UPDATED', 'VERIFIED']);
  });

  it('is good for no longer than the verification', async () => {
    const phone = stranger();
    const { id, expiresAt } = await hands.start({ phone, expiryMinutes: 5 });
    await world.pass(MINUTE, MINUTE);
    await hands.resend(id);
    const [made] = await madeFor(world, phone);
    expect(made!.expiresAt).toBe(expiresAt);
  });

  it('is given five times in all', async () => {
    const { id } = await hands.start({ phone: stranger() });
    for (let sends = 1; sends < 5; sends++) {
      await world.pass(MINUTE, MINUTE);
      expect(await hands.resend(id)).toMatchObject({ __typename: 'Verification' });
    }
    await world.pass(MINUTE, MINUTE);
    const refused = await hands.resend(id);
    expect(refused).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAt: null });
  });

  it.each([
    ['it was verified', 'INVALID_TRANSITION', (phone: string) => send(phone)],
    ['it was canceled', 'INVALID_TRANSITION', (_phone: string, id: string) => hands.cancel(id)],
    ['its time passed', 'EXPIRED', () => world.pass(11 * MINUTE, 11 * MINUTE)],
  ])('is not made after %s', async (_what, code, happens) => {
    const phone = stranger();
    const { id } = await hands.start({ phone });
    await happens(phone, id);
    await world.pass(MINUTE, MINUTE);
    expect(await hands.resend(id)).toMatchObject({ code, field: 'id' });
    expect(await madeFor(world, phone)).toHaveLength(1);
  });
});

describe('a verification that is canceled', () => {
  it('is proved no more: what the person sends is refused, and said to be', async () => {
    const phone = stranger();
    const { id } = await hands.start({ phone });
    expect(await hands.cancel(id)).toMatchObject({ id, status: 'CANCELED' });
    expect(await hands.cancel(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await send(phone)).toBe('verified');
    const canceled = await hands.read(id);
    expect(canceled).toMatchObject({ status: 'CANCELED', verifiedAt: null });
    expect(eventsOf(canceled)).toEqual(['STARTED', 'CANCELED', 'REFUSED']);
    expect(canceled.events[2].data).toMatchObject({ reason: 'CLOSED' });
    await world.pass(11 * MINUTE, 11 * MINUTE);
    expect(await hands.read(id)).toMatchObject({ status: 'CANCELED' });
  });

  it.each([
    ['that was verified', (phone: string) => send(phone), 'INVALID_TRANSITION'],
    ['whose time passed', () => world.pass(11 * MINUTE, 11 * MINUTE), 'EXPIRED'],
  ])('cannot be one %s', async (_what, happens, code) => {
    const phone = stranger();
    const { id } = await hands.start({ phone });
    await happens(phone);
    expect(await hands.cancel(id)).toMatchObject({ code, field: 'id' });
  });
});

describe('a verification of another project', () => {
  it('does not exist, and is neither sent again nor taken back', async () => {
    const { key } = await makeProject(world.call, ['SEND']);
    const theirs = verificationHands(handsOf(graphql(world.gateway.url, key.secret)).ask);
    const { id } = await hands.start({ phone: stranger() });
    expect(await theirs.read(id)).toBe(null);
    await world.pass(MINUTE, MINUTE);
    for (const act of [theirs.resend, theirs.cancel])
      expect(await act(id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', steps: [{ method: 'SENDTALK' }] });
  });
});
