import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import { BY_UPI, chatOrder, paymentHands, personActs } from '../support/payments.js';
import { ignoreWindowsAtMeta, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
const timers = new ManualTimers();
let world: World;
let hands: ReturnType<typeof paymentHands>;
beforeAll(async () => {
  world = await startWorld({ clock, timers, doku: false, wappin: false, exotel: {}, meta: {} });
  ignoreWindowsAtMeta(world.simulator);
  hands = paymentHands(world.ask);
});
afterAll(() => world.close());

it('x', async () => {
  const input = chatOrder({ accountId: world.exotel.id, receipt: { body: 'Thank you' } }, BY_UPI);
  const t0 = performance.now();
  const made = await hands.create(input);
  console.log(JSON.stringify(made, null, 1));
  await world.quiet();
  for (let n = 0; n < 3; n++) {
    timers.advance(5);
    await world.quiet();
  }
  const t = await personActs(world, input.referenceId, 'pay');
  for (let n = 0; n < 3; n++) {
    timers.advance(5);
    await world.quiet();
  }
  console.log(performance.now() - t0);
  console.log(t, JSON.stringify(await hands.read(made.id), null, 1));
});
