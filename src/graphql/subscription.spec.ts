import { expect, it } from 'vitest';
import { live } from './subscription.js';

it('ends a subscription that waits for something', async () => {
  let ended = false;
  const values = live(async function* (signal) {
    try {
      yield 1;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    } finally {
      ended = true;
    }
  });
  expect(await values.next()).toEqual({ value: 1, done: false });
  const waiting = values.next();
  expect(await values.return(undefined)).toEqual({ value: undefined, done: true });
  expect(await waiting).toEqual({ value: undefined, done: true });
  expect(ended).toBe(true);
});
