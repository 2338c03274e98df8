import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { callbackBody, type CallbackFields, postCallback } from '../support/wappin-callback.js';
import { magic, person, startWorld, viaWappin, type World } from '../support/world.js';

const clock = new ManualClock();
/** The provider answers, where it is slow, when these are moved on. */
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, clock, timers, callbackPlan: { statuses: [] } });
});
afterAll(() => world.close());
beforeEach(() => world.simulator.clearFaults());

let posted = 0;
/** Answers the callback's row, when it has been read. */
async function post(fields: CallbackFields): Promise<string> {
  const body = `${callbackBody({ at: clock.now(), ...fields })}${' '.repeat(++posted)}`;
  expect(await postCallback(world.wappin.callbackUrl as string, body)).toMatchObject({ text: '{"status":"000"}' });
  // Not until all is quiet: a call may be under way that stays so.
  const [row] = await until(async () => {
    const found = await world.rows('select id from callbacks where body = $1 and (misses > 0 or due_at is null)', [
      Buffer.from(body),
    ]);
    return found.length > 0 && found;
  }, 'the callback is read');
  return row.id as string;
}

interface Kept {
  readonly misses: number;
  readonly unmatched: boolean;
  /** Milliseconds from now; null when it is not read again. */
  readonly dueIn: number | null;
}

async function kept(id: string): Promise<Kept> {
  const [row] = await world.rows('select misses, unmatched, due_at from callbacks where id = $1', [id]);
  const { misses, unmatched, due_at: due } = row;
  return { misses, unmatched, dueIn: due && (due as Date).getTime() - clock.now().getTime() };
}

async function parked(): Promise<number> {
  return (await world.counts('parked_callbacks'))['parked_callbacks'] as number;
}

/** A call whose answer is held back: sent to the provider, which has given it an id already. */
async function underWay(
  recipient: string,
  more: Record<string, unknown> = {},
): Promise<{ id: string; messageId: string }> {
  world.simulator.configure({ faults: [{ kind: 'WAPPIN', next: 1, behaviour: { delayMs: 1_000 } }] });
  const { id } = await world.send(viaWappin(recipient, more));
  const digits = recipient.slice(1);
  const waits = timers.pending;
  const [sent] = await until(() => {
    const found = world.simulator.ledger.messages({ recipient: digits });
    return timers.pending >= waits && timers.pending > 0 && found.length > 0 && found;
  }, 'the provider has it');
  return { id, messageId: sent!.messageId };
}

/** Took the message and broke the line before it answered. */
async function unconfirmed(recipient: string, more: Record<string, unknown> = {}): Promise<string> {
  world.simulator.configure({ faults: [{ kind: 'WAPPIN', next: 1, behaviour: { line: 'dropped' } }] });
  const { id } = await world.send(viaWappin(recipient, more));
  await world.messageIn(id, 'UNCONFIRMED');
  return id;
}

describe('a callback that comes before the answer of its send', () => {
  it('is parked, and matched as soon as the answer is there', async () => {
    const recipient = person(1);
    const { id, messageId } = await underWay(recipient);
    const callback = await post({ messageId, recipient, status: 'delivered' });
    expect(await kept(callback)).toMatchObject({ misses: 1, dueIn: 100 });
    expect(await parked()).toBe(1);
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED' });
    timers.advance(1_000);
    // The clock stands: nothing but the answer lets it be read again.
    const delivered = await world.messageIn(id, 'DELIVERED');
    expect(delivered.events.map(({ type }: { type: string }) => type)).toEqual([
      ...['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED', 'MESSAGE_DELIVERED'],
    ]);
    await world.quiet();
    expect(await kept(callback)).toMatchObject({ dueIn: null, unmatched: false });
    expect(await parked()).toBe(0);
  });

  it('is found by its own next turn where the answer’s wake-up was lost', async () => {
    const recipient = person(2);
    const { id, messageId } = await underWay(recipient);
    await post({ messageId, recipient, status: 'sent' });
    await world.rows('delete from parked_callbacks');
    timers.advance(1_000);
    await world.messageIn(id, 'SUBMITTED');
    await world.pass(SECOND, 100);
    expect(await world.message(id)).toMatchObject({ status: 'SENT' });
  });

  it('moves it forward only, when several came, whatever their order', async () => {
    const recipient = person(3);
    const { id, messageId } = await underWay(recipient);
    for (const status of ['read', 'sent', 'delivered', 'sent']) await post({ messageId, recipient, status });
    timers.advance(1_000);
    const { events } = await world.messageIn(id, 'READ');
    await world.quiet();
    const types = events.map(({ type }: { type: string }) => type.replace('MESSAGE_', ''));
    const forward = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];
    expect(types).toEqual(forward.filter((one) => types.includes(one)));
    expect(await parked()).toBe(0);
  });
});

describe('a callback of a message that nobody knows', () => {
  it('is tried again after 0.1, 1, 5, 30 s and on for 24 h, and then kept as unmatched', async () => {
    const callback = await post({ messageId: 'of-nobody', status: 'sent' });
    const known = [100, SECOND, 5 * SECOND, 30 * SECOND];
    for (const [index, pause] of known.entries()) {
      expect(await kept(callback)).toEqual({ misses: index + 1, unmatched: false, dueIn: pause });
      await world.pass(pause - 1, pause - 1);
      expect((await kept(callback)).misses).toBe(index + 1);
      // Looked at when it is due, at the latest a poll later; then the clock stands there.
      while ((await kept(callback)).misses === index + 1) await world.pass(100, 100);
      expect((await kept(callback)).misses).toBe(index + 2);
    }
    await world.pass(DAY - 2 * MINUTE, 20 * MINUTE);
    const before = await kept(callback);
    expect(before).toMatchObject({ unmatched: false });
    expect(before.misses).toBeGreaterThan(20);
    await world.pass(2 * 3_600 * SECOND, 20 * MINUTE);
    expect(await kept(callback)).toMatchObject({ unmatched: true, dueIn: null });
    expect(await parked()).toBe(0);
    const { misses } = await kept(callback);
    await world.pass(DAY, 6 * 3_600 * SECOND);
    expect(await kept(callback)).toEqual({ misses, unmatched: true, dueIn: null });
  }, 60_000);
});

describe('a status that names an id nobody knows', () => {
  it('settles the UNCONFIRMED message that its number and time fit, and its id is known from then on', async () => {
    const recipient = person(10);
    const id = await unconfirmed(recipient);
    clock.advance(9 * MINUTE);
    await post({ messageId: 'learnt-1', recipient, status: 'sent' });
    expect(await world.message(id)).toMatchObject({ status: 'SENT', providerMessageId: 'learnt-1', problem: null });
    clock.advance(DAY);
    await post({ messageId: 'learnt-1', recipient, status: 'read' });
    expect(await world.message(id)).toMatchObject({ status: 'READ' });
  });

  it('settles it with a failure too', async () => {
    const recipient = person(11);
    const id = await unconfirmed(recipient);
    await post({ messageId: 'learnt-2', recipient, status: 'failed' });
    expect(await world.message(id)).toMatchObject({ status: 'FAILED', providerMessageId: 'learnt-2' });
  });

  it.each([
    ['another number', { recipient: person(13) }, 0],
    ['a time before the call', {}, -2 * SECOND],
    ['a time more than ten minutes after it', {}, 10 * MINUTE + SECOND],
  ])('settles nothing with %s', async (name, fields, offset) => {
    const recipient = person(12);
    const began = clock.now();
    const id = await unconfirmed(recipient);
    clock.advance(11 * MINUTE);
    await post({ messageId: `strange ${name}`, recipient, ...fields, status: 'sent', at: later(began, offset) });
    expect(await world.message(id)).toMatchObject({ status: 'UNCONFIRMED' });
    clock.advance(DAY);
  });

  it('settles neither of two messages that it could be of; a person can', async () => {
    const recipient = person(14);
    const two = [await unconfirmed(recipient), await unconfirmed(recipient)];
    const callback = await post({ messageId: 'of-one-of-two', recipient, status: 'delivered' });
    await world.pass(2 * SECOND, 100);
    for (const id of two) expect(await world.message(id)).toMatchObject({ status: 'UNCONFIRMED' });
    expect(await kept(callback)).toMatchObject({ unmatched: false });
    const { resolveMessage } = await world.ask(
      'mutation ($id: ID!) { resolveMessage(id: $id, sent: true) { ... on Message { status } } }',
      { id: two[0] },
    );
    expect(resolveMessage).toEqual({ status: 'SUBMITTED' });
  });

  it('settles nothing while a call to the same number is under way, of which it may be', async () => {
    const recipient = magic('808');
    const before = await unconfirmed(recipient, { priority: 'HIGH' });
    const { id, messageId } = await underWay(recipient, { priority: 'LOW' });
    await post({ messageId, recipient, status: 'sent' });
    expect(await world.message(before)).toMatchObject({ status: 'UNCONFIRMED' });
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED' });
    timers.advance(1_000);
    expect(await world.messageIn(id, 'SENT')).toMatchObject({ providerMessageId: messageId });
    expect(await world.message(before)).toMatchObject({ status: 'UNCONFIRMED' });
    await post({ messageId: 'the-other-one', recipient, status: 'sent' });
    expect(await world.message(before)).toMatchObject({ status: 'SENT', providerMessageId: 'the-other-one' });
  });

  it('settles nothing where it may be of the first try of a message that was sent again since', async () => {
    const recipient = person(15);
    const before = await unconfirmed(recipient);
    const again = await unconfirmed(recipient);
    await world.ask('mutation ($id: ID!) { retryMessage(id: $id) { __typename } }', { id: again });
    await world.messageIn(again, 'SUBMITTED');
    await post({ messageId: 'of-a-first-try', recipient, status: 'read' });
    expect(await world.message(before)).toMatchObject({ status: 'UNCONFIRMED' });
  });

  it('settles a message that was taken without an id', async () => {
    const recipient = magic('906');
    const { id: taken } = await world.send(viaWappin(recipient));
    expect(await world.answeredIn(taken, 'SUBMITTED')).toMatchObject({ providerMessageId: null });
    await post({ messageId: 'told-late', recipient, status: 'delivered' });
    expect(await world.message(taken)).toMatchObject({ status: 'DELIVERED', providerMessageId: 'told-late' });
  });
});
