import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { callbackBody, postCallback } from '../support/wappin-callback.js';
import { ManualClock } from '../support/manual-clock.js';
import { connectWappin, person, startWorld, viaWappin, type World } from '../support/world.js';

type Reported = 'sent' | 'delivered' | 'read' | 'failed';

/** interface.md, Message states: what may be observed next. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  SUBMITTED: ['SENT', 'DELIVERED', 'READ', 'FAILED'],
  SENT: ['DELIVERED', 'READ', 'FAILED'],
  DELIVERED: ['READ'],
  READ: [],
  FAILED: [],
};

interface Submitted {
  readonly id: string;
  readonly messageId: string;
  readonly recipient: string;
}

const clock = new ManualClock();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, clock, callbackPlan: { statuses: [] } });
});
afterAll(() => world.close());

let people = 0;
async function submitted(): Promise<Submitted> {
  const recipient = person(++people);
  const { id } = await world.send(viaWappin(recipient));
  const { providerMessageId } = await world.messageIn(id, 'SUBMITTED');
  return { id, recipient, messageId: providerMessageId };
}

async function report(message: Submitted, ...statuses: Reported[]): Promise<void> {
  for (const status of statuses) {
    clock.advance(SECOND);
    const { status: answered } = await postCallback(
      world.wappin.callbackUrl as string,
      callbackBody({ ...message, status, at: clock.now() }),
    );
    expect(answered).toBe(200);
    await world.quiet();
  }
}

async function storyOf(id: string): Promise<{ status: string; told: string[]; sequences: number[] }> {
  const { status, events } = await world.message(id);
  return {
    status,
    told: events.map(({ type }: { type: string }) => type.replace('MESSAGE_', '')),
    sequences: events.map(({ sequence }: { sequence: number }) => sequence),
  };
}

function expected(statuses: readonly Reported[]): string[] {
  const told = ['QUEUED', 'SUBMITTED'];
  for (const status of statuses.map((one) => one.toUpperCase())) {
    if (NEXT[told.at(-1) as string]?.includes(status)) told.push(status);
  }
  return told;
}

/** The statuses in any order, each at least once and up to three times. */
const orders = fc
  .tuple(
    ...(['sent', 'delivered', 'read'] as const).map((status) =>
      fc.integer({ min: 1, max: 3 }).map((n) => [status, n] as const),
    ),
  )
  .chain((counts) => {
    const all = counts.flatMap(([status, times]) => Array.from({ length: times }, () => status));
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  });

describe('the reports of a message', () => {
  it('in any order, and any of them repeated, end in READ and only ever lead forward', async () => {
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const message = await submitted();
        await report(message, ...order);
        const told = expected(order);
        expect(told.at(-1)).toBe('READ');
        expect(await storyOf(message.id)).toEqual({
          status: 'READ',
          told,
          sequences: told.map((_, index) => index + 1),
        });
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('of failure too move it as the table of its states says, and in no other way', async () => {
    const any = fc.array(fc.constantFrom<Reported>('sent', 'delivered', 'read', 'failed'), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(any, async (order) => {
        const message = await submitted();
        await report(message, ...order);
        const told = expected(order);
        expect(await storyOf(message.id)).toMatchObject({ status: told.at(-1), told });
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('that come all at once, in any order, end in READ as well', async () => {
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const message = await submitted();
        await Promise.all(
          order.map((status) =>
            postCallback(world.wappin.callbackUrl as string, callbackBody({ ...message, status, at: clock.now() })),
          ),
        );
        await world.quiet();
        const { status, told } = await storyOf(message.id);
        expect(status).toBe('READ');
        const forward = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];
        expect(told).toEqual(forward.filter((one) => told.includes(one)));
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  it('say when it happened by the provider’s clock, and a later one does not rewrite that', async () => {
    const message = await submitted();
    const at = new Date(clock.now().getTime() + 2_000);
    const url = world.wappin.callbackUrl as string;
    await postCallback(url, callbackBody({ ...message, status: 'delivered', at }));
    const delivered = await world.messageIn(message.id, 'DELIVERED');
    expect(delivered).toMatchObject({ deliveredAt: at.toISOString(), sentAt: null });
    expect(delivered.events.at(-1)).toMatchObject({ type: 'MESSAGE_DELIVERED', occurredAt: at.toISOString() });
    await report(message, 'delivered', 'sent', 'delivered');
    const after = await world.message(message.id);
    expect(after).toEqual(delivered);
  });
});

it('a callback that is repeated changes nothing: no second event, and every copy is kept and done with', async () => {
  const message = await submitted();
  const body = callbackBody({ ...message, status: 'sent', at: clock.now() });
  for (let copy = 0; copy < 4; copy++)
    expect((await postCallback(world.wappin.callbackUrl as string, body)).text).toBe('{"status":"000"}');
  await world.quiet();
  expect((await storyOf(message.id)).told).toEqual(['QUEUED', 'SUBMITTED', 'SENT']);
  const kept = await world.rows('select due_at, unmatched from callbacks where body = $1', [Buffer.from(body)]);
  expect(kept).toEqual(Array.from({ length: 4 }, () => ({ due_at: null, unmatched: false })));
});

it('a callback reaches only messages of the account that it was posted to', async () => {
  const message = await submitted();
  const another = await connectWappin(world.call, world.simulator.url, { name: 'Another' });
  const body = callbackBody({ ...message, status: 'read', at: clock.now() });
  expect((await postCallback(another.callbackUrl as string, body)).status).toBe(200);
  await world.pass(10 * SECOND);
  expect(await world.message(message.id)).toMatchObject({ status: 'SUBMITTED' });
});
