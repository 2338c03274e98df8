import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, later, SECOND } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { personSends } from '../support/simulator-peers.js';
import { until } from '../support/until.js';
import {
  lastMadeFor,
  madeFor,
  strangers,
  type VerificationHands,
  verificationHands,
} from '../support/verifications.js';
import { connectSendTalk, handsOf, startWorld, type World } from '../support/world.js';

const NO_NUMBER: Behaviour = { refuse: { http: 200, code: 'invalid_recipient', message: '' } };
const TABLES = ['verifications', 'verification_steps', 'idempotency_keys', 'events'];

const clock = new ManualClock();
/** SendTalk answers, where it is slow, when these are moved on. */
const timers = new ManualTimers();
const stranger = strangers();
let world: World;
let hands: VerificationHands;
/** Through another process on the same database. */
let beside: VerificationHands;
beforeAll(async () => {
  world = await startWorld({ clock, timers, doku: false, wappin: false, sendtalk: {} });
  hands = verificationHands(world.ask);
  beside = verificationHands(handsOf((await world.gateway.beside()).call).ask);
});
afterAll(() => world.close());
afterEach(() => world.simulator.clearFaults());

const answerWith = (behaviour: Behaviour, next?: number): void =>
  world.simulator.configure({
    faults: [{ kind: 'SENDTALK', on: 'verification', behaviour, ...(next !== undefined && { next }) }],
  });
/** A start with a number and a key of its own. */
function keyed(more: Record<string, unknown> = {}): Record<string, unknown> & { readonly phone: string } {
  const phone = stranger();
  return { ...more, phone, idempotencyKey: `login of ${phone}` };
}
const distinct = (answers: readonly { readonly id: string }[]): number => new Set(answers.map(({ id }) => id)).size;

describe('a start with a key that was used', () => {
  it('answers the first verification, with a token to watch it by, and asks SendTalk for nothing', async () => {
    const input = keyed({ reference: 'login-1' });
    const first = await hands.start(input);
    const before = await world.counts(...TABLES);
    const again = await hands.start({ ...input, phone: input.phone.replace('+62', '0') });
    expect(again).toEqual(first);
    const watch = graphql(world.gateway.url, again.watchToken);
    expect((await watch('query ($id: ID!) { verification(id: $id) { id } }', { id: first.id })).data).toEqual({
      verification: { id: first.id },
    });
    expect(await world.counts(...TABLES)).toEqual(before);
    expect(await madeFor(world, input.phone)).toHaveLength(1);
  });

  it('answers it as it is by now', async () => {
    const input = keyed();
    const { id } = await hands.start(input);
    await personSends(world.simulator.url, { id: (await lastMadeFor(world, input.phone)).id });
    await hands.readIn(id, 'VERIFIED');
    expect(await hands.start(input)).toMatchObject({ id, status: 'VERIFIED', watchToken: expect.any(String) });
  });

  it.each([
    ['phone', { phone: '+6285700000001' }],
    ['method', { method: 'SENDTALK' }],
    ['language', { language: 'en' }],
    ['expiry', { expiryMinutes: 11 }],
    ['address of the app', { appUrl: 'https://toko.example/' }],
    ['reference', { reference: 'another' }],
    ['address of the person', { endUserIp: '203.0.113.7' }],
  ])('is a conflict where the %s is another', async (_what, change) => {
    const input = keyed();
    await hands.start(input);
    await world.quiet();
    const before = await world.counts(...TABLES);
    expect(await hands.start({ ...input, ...change })).toMatchObject({
      ...{ code: 'IDEMPOTENCY_CONFLICT', field: 'idempotencyKey' },
    });
    expect(await world.counts(...TABLES)).toEqual(before);
  });

  it('is a new one in another project, and after seven days', async () => {
    const input = keyed();
    const { id } = await hands.start(input);
    const call = graphql(world.gateway.url, (await makeProject(world.call, ['ADMIN'])).key.secret);
    await connectSendTalk(call, world.simulator.url);
    const theirs = await verificationHands(handsOf(call).ask).start(input);
    expect(theirs).toMatchObject({ __typename: 'Verification' });
    clock.advance(7 * DAY - SECOND);
    expect(await hands.start(input)).toMatchObject({ id });
    clock.advance(2 * SECOND);
    const anew = await hands.start(input);
    expect(anew).toMatchObject({ __typename: 'Verification' });
    expect(distinct([{ id }, theirs, anew])).toBe(3);
  });
});

describe('starts with one key that come at once', () => {
  it('make one verification, by one call to SendTalk, through whichever process', async () => {
    const input = keyed();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? hands.start(input) : beside.start(input))),
    );
    expect(distinct(answers)).toBe(1);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await madeFor(world, input.phone)).toHaveLength(1);
  });

  it('wait for the one that is under way', async () => {
    answerWith({ delayMs: SECOND });
    const input = keyed();
    const first = hands.start(input);
    await until(() => timers.pending > 0, 'SendTalk has been asked');
    const others = Promise.all([hands.start(input), beside.start(input)]);
    timers.advance(SECOND);
    const { id } = await first;
    for (const other of await others) expect(other).toMatchObject({ id, waLink: expect.any(String) });
    expect(await madeFor(world, input.phone)).toHaveLength(1);
  });

  it('are not refused where only the first was', async () => {
    answerWith(NO_NUMBER, 1);
    const input = keyed();
    const answers = await Promise.all([hands.start(input), beside.start(input), hands.start(input)]);
    const refused = answers.filter(({ __typename }) => __typename === 'Problem');
    expect(refused).toMatchObject([{ code: 'INVALID_PHONE_NUMBER' }]);
    expect(distinct(answers.filter((answer) => !refused.includes(answer)))).toBe(1);
    expect(await madeFor(world, input.phone)).toHaveLength(1);
  });

  it('hear why, each of them, where all are refused', async () => {
    answerWith(NO_NUMBER);
    const input = keyed();
    const answers = await Promise.all([hands.start(input), beside.start(input), hands.start(input)]);
    for (const answer of answers) expect(answer).toMatchObject({ code: 'INVALID_PHONE_NUMBER', field: 'phone' });
  });

  it('lets one of two win whose input differs', async () => {
    const input = keyed();
    const answers = await Promise.all([hands.start(input), beside.start({ ...input, reference: 'another' })]);
    expect(answers.map(({ code }) => code ?? 'none').sort()).toEqual(['IDEMPOTENCY_CONFLICT', 'none']);
  });
});

describe('a start without an answer', () => {
  it('is asked for again by one of two processes', async () => {
    const calls = (): number => world.simulator.ledger.counts({ kind: 'SENDTALK' }).requests;
    answerWith({ line: 'dropped' }, 1);
    const before = calls();
    const { id } = await hands.start({ phone: stranger() });
    await world.pass(20 * SECOND);
    expect(await hands.read(id)).toMatchObject({ waLink: expect.any(String) });
    expect(calls()).toBe(before + 2);
  });
});

describe('a start whose process died', () => {
  /** As a process leaves it that was killed while SendTalk was asked. Answers its id. */
  async function leftBehind(input: Record<string, unknown>): Promise<string> {
    const { id } = await hands.start(input);
    const uuid = uuidOf('ver', id);
    await world.rows(
      `update verifications set told = false, steps = 0, sequence = 0, timer_at = created_at + interval '30 s' where id = $1`,
      [uuid],
    );
    await world.rows('delete from verification_steps where verification_id = $1', [uuid]);
    await world.rows('delete from events where subject_id = $1', [uuid]);
    return id;
  }

  it('is nobody’s until it is taken away after 30 s, and then its key is free', async () => {
    const input = keyed();
    const before = await world.counts(...TABLES);
    const id = await leftBehind(input);
    for (const refused of [await hands.resend(id), await hands.cancel(id)])
      expect(refused).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await hands.read(id)).toBe(null);
    await world.pass(29 * SECOND, 29 * SECOND);
    expect((await world.counts('verifications'))['verifications']).toBe(before['verifications']! + 1);
    await world.pass(2 * SECOND);
    expect(await world.counts(...TABLES)).toEqual(before);
    const anew = await hands.start(input);
    expect(anew).toMatchObject({ status: 'PENDING', createdAt: clock.now().toISOString() });
    expect(anew.id).not.toBe(id);
  });

  it('is waited for 15 s by the next one with its key, which may come again', async () => {
    const input = keyed();
    const id = await leftBehind(input);
    await world.rows('update verifications set timer_at = $2 where id = $1', [
      uuidOf('ver', id),
      later(clock.now(), DAY),
    ]);
    const began = clock.now().getTime();
    let answer: any;
    void hands.start(input).then((answered) => (answer = answered));
    await until(() => {
      clock.advance(SECOND / 2);
      return answer;
    }, 'the call is answered');
    expect(answer).toMatchObject({ code: 'TOO_MANY_REQUESTS', field: 'idempotencyKey' });
    expect(clock.now().getTime() - began).toBeGreaterThanOrEqual(15 * SECOND);
  });
});
