import { expect, it } from 'vitest';
import { SystemClock } from './clock.js';

it('runs by the database’s clock, taken at the middle of the question', () => {
  const clock = new SystemClock();
  const asked = clock.now().getTime();
  clock.agreeWith(new Date(asked + 3_600_000), asked - 10, asked + 10);
  const ahead = clock.now().getTime() - asked;
  expect(ahead).toBeGreaterThanOrEqual(3_600_000);
  expect(ahead).toBeLessThan(3_600_000 + 10_000);
});

it('wakes at once for a time that has passed, but not within the call', async () => {
  const clock = new SystemClock();
  let within = true;
  const woken = new Promise<boolean>((resolve) => clock.wakeAt(new Date(0), () => resolve(within)));
  within = false;
  expect(await woken).toBe(false);
});

it('does not take a time beyond the reach of a timer for now', async () => {
  const clock = new SystemClock();
  let woken = false;
  const cancel = clock.wakeAt(new Date(clock.now().getTime() + 40 * 24 * 3_600_000), () => (woken = true));
  await new Promise((resolve) => clock.wakeAt(new Date(clock.now().getTime() + 20), () => resolve(undefined)));
  cancel();
  expect(woken).toBe(false);
});

it('wakes nobody who took it back', async () => {
  const clock = new SystemClock();
  let woken = false;
  clock.wakeAt(new Date(0), () => (woken = true))();
  await new Promise((resolve) => clock.wakeAt(new Date(0), () => resolve(undefined)));
  expect(woken).toBe(false);
});
