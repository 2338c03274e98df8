import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import {
  answers,
  holding,
  type StagedEndpoint,
  startWebhookStage,
  type WebhookStage,
} from '../support/webhook-stage.js';

let stage: WebhookStage;
beforeAll(async () => {
  stage = await startWebhookStage();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

/** How long each delivery still waits, oldest first. */
async function waits(endpoint: StagedEndpoint): Promise<number[]> {
  const pending = (await endpoint.deliveries()).filter(({ status }) => status === 'PENDING');
  return pending.map(({ nextAttemptAt }) => Date.parse(nextAttemptAt) - stage.clock.now().getTime());
}

/** One that has just said that it is too much, so that it is left alone for a second. */
async function overloaded(): Promise<StagedEndpoint> {
  const endpoint = await stage.endpoint(429);
  await stage.happen();
  return endpoint;
}

describe('an endpoint that says that it is too much', () => {
  it.each([
    ['429', answers(429)],
    ['502', answers(502)],
    ['504', answers(504)],
    ['503 with Retry-After', answers(503, { 'retry-after': '1' })],
  ])('by %s is left alone as a whole, and no other is', async (_status, how) => {
    const endpoint = await stage.endpoint(how);
    const other = await stage.endpoint();
    await stage.happen();
    await stage.happen(3);
    expect(endpoint.hits).toHaveLength(1);
    expect((await waits(endpoint)).slice(1)).toEqual([SECOND, SECOND, SECOND]);
    expect(other.hits).toHaveLength(4);
    endpoint.answer(200);
    await stage.passTo(later(stage.clock.now(), SECOND - 1));
    expect(endpoint.hits).toHaveLength(1);
    await stage.pass(SECOND);
    expect(endpoint.hits).toHaveLength(4);
  });

  it.each([[400], [404], [500], [503]])(
    'is none that answers %i: it hears of the next event at once',
    async (status) => {
      const endpoint = await stage.endpoint(status);
      await stage.happen();
      await stage.happen();
      expect(endpoint.hits).toHaveLength(2);
    },
  );

  it('is then called one by one until one succeeds', async () => {
    const endpoint = await overloaded();
    const late = holding();
    endpoint.answer(late.answering);
    await stage.happen(5);
    await stage.pass(2 * SECOND);
    expect(endpoint.hits).toHaveLength(2);
    // Neither what is new nor a look of the worker makes it two.
    await stage.happen();
    await stage.pass(3 * SECOND);
    expect(endpoint.hits).toHaveLength(2);
    late.release(500);
    await stage.pass(SECOND);
    expect(endpoint.hits).toHaveLength(3);
    late.release(200);
    await stage.pass(SECOND);
    // Those that had to wait for them, and the first, whose five seconds are over.
    expect(endpoint.hits).toHaveLength(8);
    late.release(200);
  });

  it('again and again is left alone for longer each time, up to a minute', async () => {
    const endpoint = await stage.endpoint(429);
    await stage.happen();
    await stage.happen(20);
    const pauses: number[] = [];
    for (let count = 0; count < 8; count++) {
      const pause = (await waits(endpoint)).at(-1)!;
      pauses.push(pause);
      const { length } = endpoint.hits;
      await stage.passTo(later(stage.clock.now(), pause - 1));
      expect(endpoint.hits).toHaveLength(length);
      await stage.pass(SECOND);
      expect(endpoint.hits).toHaveLength(length + 1);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * SECOND));
  });

  it('is at its full speed after a success, and begins anew', async () => {
    const endpoint = await overloaded();
    await stage.pass(7 * SECOND);
    endpoint.answer(200);
    await stage.happen();
    await stage.pass(2 * SECOND);
    endpoint.answer(429);
    await stage.happen();
    await stage.happen();
    expect((await waits(endpoint)).at(-1)).toBe(SECOND);
  });

  it.each([
    ['as it asks for', '600', 10 * MINUTE],
    ['at most an hour, whatever it asks for', '86400', HOUR],
    ['not shorter than it would be anyway', '0', SECOND],
  ])('is left alone for as long %s', async (_what, retryAfter, wait) => {
    const endpoint = await stage.endpoint(answers(429, { 'retry-after': retryAfter }));
    await stage.happen();
    await stage.happen();
    expect((await waits(endpoint))[1]).toBe(wait);
    endpoint.answer(200);
    await stage.passTo(later(stage.clock.now(), wait - 1));
    expect(endpoint.hits).toHaveLength(1);
    await stage.pass(SECOND);
    expect(endpoint.hits.length).toBeGreaterThan(1);
  });

  it('is not called sooner because calls that were under way succeed', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen();
    endpoint.answer(answers(429, { 'retry-after': '60' }));
    await stage.happen();
    late.release(200);
    await stage.happen();
    expect(endpoint.hits).toHaveLength(2);
    expect((await waits(endpoint)).at(-1)).toBe(MINUTE);
  });

  it('by many calls at once is left alone as after one', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen(20);
    late.release(429);
    await stage.quiet();
    await stage.happen();
    expect((await waits(endpoint)).at(-1)).toBe(SECOND);
  });
});
