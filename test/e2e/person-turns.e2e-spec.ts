import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { handsOf, ignoreWindowsAtMeta, person, startWorld, viaWappin, type World } from '../support/world.js';

/** Seconds after the first: six, and a little. */
const TURNS = [0, 6.2, 12.4, 18.6, 24.8, 31];

const clock = new ManualClock();
let world: World;
const start = async (): Promise<void> => {
  world = await startWorld({ clock, doku: false, meta: {}, callbackPlan: { statuses: [] } });
  // Who wrote when is another story.
  ignoreWindowsAtMeta(world.simulator);
};
afterEach(() => world.close());

const say = (to: string, text: string, priority = 'NORMAL'): Record<string, unknown> => ({
  ...{ to, priority, accountId: world.meta.id },
  content: { text: { text } },
});
/** What Meta was sent to that person, and how many seconds after the first. */
const received = (to: string): { readonly text: unknown; readonly after: number }[] => {
  const messages = world.simulator.ledger.messages({ kind: 'META', recipient: to.slice(1) }).reverse();
  const first = messages[0]?.at.getTime() ?? 0;
  return messages.map(({ content, at }) => ({
    text: (content as { body?: string }).body,
    after: (at.getTime() - first) / SECOND,
  }));
};

describe('messages to one person through Meta', () => {
  it('leave one in six seconds, and a little, in the order of their coming, while those to others do not wait', async () => {
    await start();
    const ani = person(1);
    const others = Array.from({ length: 10 }, (_, n) => say(person(10 + n), 'Halo'));
    await world.sendAll(['one', 'two', 'three', 'four'].map((text) => say(ani, text)).concat(others));
    await world.quiet();
    expect(received(ani).map(({ text }) => text)).toEqual(['one']);
    for (const { to } of others) expect(received(to as string)).toHaveLength(1);
    await world.pass(20 * SECOND, SECOND / 5);
    expect(received(ani)).toEqual(['one', 'two', 'three', 'four'].map((text, n) => ({ text, after: TURNS[n] })));
  });

  it('are HIGH first when the next turn comes, and share the turns whatever their priority', async () => {
    await start();
    const ani = person(1);
    await world.sendAll([say(ani, 'news', 'LOW'), say(ani, 'more news', 'LOW')]);
    await world.quiet();
    await world.send(say(ani, 'the code', 'HIGH'));
    await world.pass(13 * SECOND, SECOND / 5);
    expect(received(ani)).toEqual([
      { text: 'news', after: 0 },
      { text: 'the code', after: TURNS[1] },
      { text: 'more news', after: TURNS[2] },
    ]);
  });

  it('take turns over all gateways on one database', async () => {
    await start();
    const ani = person(1);
    const beside = await world.gateway.beside();
    const hands = [handsOf(world.call), handsOf(beside.call)];
    await Promise.all(Array.from({ length: 6 }, (_, n) => hands[n % 2]!.send(say(ani, `${n}`))));
    await world.pass(32 * SECOND, SECOND / 5);
    expect(received(ani).map(({ after }) => after)).toEqual(TURNS);
    expect(world.simulator.ledger.counts({ kind: 'META' })).toMatchObject({ accepted: 6, doubles: 0, refused: {} });
  });
});

describe('messages to one person through a provider that does not ask for it', () => {
  it('wait for nothing but the answer to the one before', async () => {
    await start();
    await world.sendAll(Array.from({ length: 5 }, () => viaWappin(person(1))));
    await world.quiet();
    expect(world.simulator.ledger.counts({ kind: 'WAPPIN' })).toMatchObject({ accepted: 5 });
  });
});
