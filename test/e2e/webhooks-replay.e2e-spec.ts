import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { newId, publicId } from '../../src/common/ids.js';
import { type EventType } from '../../src/events/event-types.js';
import { holding, type StagedEndpoint, startWebhookStage, type WebhookStage } from '../support/webhook-stage.js';
import { until } from '../support/until.js';

let stage: WebhookStage;
let from: Date;

beforeAll(async () => {
  stage = await startWebhookStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  // Each test has a day of the log for itself.
  await stage.passTo(later(stage.clock.now(), DAY));
  from = stage.clock.now();
});
afterEach(() => stage.clear());

type Span = Partial<Parameters<WebhookStage['hooks']['replay']>[1]>;

/** Begins a replay of all since the test's beginning, if nothing else is said, and answers it as it was begun. */
async function replay(endpoint: StagedEndpoint, span: Span = {}): Promise<any> {
  const begun = await stage.hooks.replay(endpoint.id, { from, ...span });
  await stage.quiet();
  return begun;
}

/** A second later, so that each time is of one event; the id that the endpoint was told it with. */
async function happens(endpoint: StagedEndpoint, type: EventType = 'MESSAGE_DELIVERED'): Promise<string> {
  await stage.pass(SECOND);
  await stage.happen(1, { type });
  return endpoint.hits.at(-1)!.id;
}

/** What the endpoint is told by `act`. */
async function heard(endpoint: StagedEndpoint, act: () => Promise<unknown>): Promise<string[]> {
  const { length } = endpoint.hits;
  await act();
  return endpoint.hits.slice(length).map(({ id }) => id);
}

describe('a replay tells', () => {
  it('what was recorded from its first moment to its last one, both included', async () => {
    const endpoint = await stage.endpoint();
    const ids: string[] = [];
    const times: Date[] = [];
    for (let event = 0; event < 4; event++) {
      ids.push(await happens(endpoint));
      times.push(stage.clock.now());
    }
    expect(await heard(endpoint, () => replay(endpoint, { from: times[1], to: times[2] }))).toEqual(ids.slice(1, 3));
    const without = { from: later(times[1]!, 1), to: later(times[3]!, -1) };
    expect(await heard(endpoint, () => replay(endpoint, without))).toEqual([ids[2]]);
    expect(await heard(endpoint, () => replay(endpoint, { from: times[3] }))).toEqual([ids[3]]);
  });

  it('the same bytes with the same webhook-id', async () => {
    const endpoint = await stage.endpoint();
    await happens(endpoint);
    await replay(endpoint);
    const [first, second] = endpoint.hits;
    expect(second).toMatchObject({ id: first!.id, body: first!.body });
  });

  it('the types that are asked for, and else those that the endpoint hears of', async () => {
    const all = await stage.endpoint();
    const read = await happens(all, 'MESSAGE_READ');
    const paid = await happens(all, 'PAYMENT_PAID');
    const some = await stage.endpoint(200, ['PAYMENT_PAID']);
    expect(await heard(some, () => replay(some))).toEqual([paid]);
    expect(await heard(some, () => replay(some, { types: ['MESSAGE_READ'] }))).toEqual([read]);
    expect(await heard(all, () => replay(all, { types: [] }))).toEqual([read, paid]);
  });

  it('what happened before the endpoint was made, and while it was off', async () => {
    const endpoint = await stage.endpoint();
    await stage.hooks.update(endpoint.id, { enabled: false });
    await stage.happen(2);
    await stage.hooks.update(endpoint.id, { enabled: true });
    const next = await stage.endpoint();
    expect(await replay(endpoint)).toMatchObject({ count: 2 });
    expect(await replay(next)).toMatchObject({ count: 2 });
    expect([endpoint.hits.length, next.hits.length]).toEqual([2, 2]);
  });

  it('tests of its own endpoint, and never another’s', async () => {
    const own = await stage.endpoint(200, ['PAYMENT_PAID']);
    const other = await stage.endpoint();
    await stage.hooks.test(other.id);
    const { event } = await stage.hooks.test(own.id);
    await stage.quiet();
    expect(await heard(own, () => replay(own))).toEqual([event.id]);
    expect(await heard(own, () => replay(own, { types: ['WEBHOOK_TEST'] }))).toEqual([event.id]);
    expect(await heard(other, () => replay(other))).not.toContain(event.id);
  });

  it('nothing of the future, and is finished at once', async () => {
    const endpoint = await stage.endpoint();
    await happens(endpoint);
    const done = { __typename: 'Replay', count: 0, done: 0, finishedAt: stage.clock.now().toISOString() };
    expect(await replay(endpoint, { from: later(stage.clock.now(), HOUR) })).toMatchObject(done);
    expect(await replay(endpoint, { from: later(stage.clock.now(), 1), to: new Date('9999-12-31') })).toMatchObject(
      done,
    );
    expect(await replay(endpoint, { from: new Date('0001-01-01'), to: new Date('0001-01-01') })).toMatchObject(done);
  });

  it('nothing where it ends before it begins: that is INVALID_INPUT', async () => {
    const endpoint = await stage.endpoint();
    const wrong = await replay(endpoint, { to: later(from, -1) });
    expect(wrong).toMatchObject({ __typename: 'Problem', code: 'INVALID_INPUT', field: 'to' });
    expect(await replay(endpoint, { to: from })).toMatchObject({ __typename: 'Replay' });
  });
});

describe('a replay of what failed', () => {
  it('tells what waits for its next try too, and what arrives so is DELIVERED and not tried again', async () => {
    const endpoint = await stage.endpoint();
    endpoint.answer(500);
    const failed = [await happens(endpoint), await happens(endpoint)];
    expect((await endpoint.deliveries()).map(({ status }) => status)).toEqual(['PENDING', 'PENDING']);
    endpoint.answer(200);
    expect(await heard(endpoint, () => replay(endpoint, { failedOnly: true }))).toEqual(failed);
    const deliveries = await endpoint.deliveries();
    expect(deliveries.map(({ status, nextAttemptAt }) => [status, nextAttemptAt])).toEqual(
      Array(4).fill(['DELIVERED', null]),
    );
    expect(await heard(endpoint, () => stage.pass(4 * DAY, HOUR))).toEqual([]);
  });

  it('tells what FAILED and nothing else, and the second time nothing', async () => {
    const endpoint = await stage.endpoint();
    await happens(endpoint);
    endpoint.answer(500);
    const failed = [await happens(endpoint), await happens(endpoint)];
    await stage.pass(4 * DAY, HOUR);
    expect((await endpoint.deliveries()).map(({ status }) => status)).toEqual(['DELIVERED', 'FAILED', 'FAILED']);
    endpoint.answer(200);
    await happens(endpoint);
    const count = (some: any[]): number[] => some.map((one) => one.count);
    const twice = (): Promise<unknown> =>
      Promise.all([replay(endpoint, { failedOnly: true }), replay(endpoint, { failedOnly: true })]).then((both) =>
        expect(count(both).sort()).toEqual([0, 2]),
      );
    expect(await heard(endpoint, twice)).toEqual(failed);
    expect(await heard(endpoint, () => replay(endpoint, { failedOnly: true }))).toEqual([]);
  });
});

describe('the progress of a replay', () => {
  it('goes from none to all of its count', async () => {
    const endpoint = await stage.endpoint();
    await stage.happen(40);
    const { answering, release } = holding();
    let calls = 0;
    // Every tenth answer waits.
    endpoint.answer((hit, response, request) => {
      if (calls++ % 10 === 0) answering(hit, response, request);
      else response.writeHead(200).end();
    });
    const { id, ...begun } = await replay(endpoint);
    expect(begun).toMatchObject({ count: 40, done: 0, finishedAt: null });
    expect(await stage.hooks.replayed(id)).toMatchObject({ count: 40, done: 36, finishedAt: null });
    release(200);
    await stage.quiet();
    const finished = { id, count: 40, done: 40, finishedAt: stage.clock.now().toISOString() };
    expect(await stage.hooks.replayed(id)).toEqual(finished);
    const { node } = await stage.ask(
      'query ($id: ID!) { node(id: $id) { __typename ... on Replay { id count done } } }',
      {
        id,
      },
    );
    expect(node).toEqual({ __typename: 'Replay', id, count: 40, done: 40 });
  });

  it('is null of a replay that is not there', async () => {
    for (const id of [publicId('rpl', newId()), publicId('whe', newId()), 'rpl_1', ''])
      expect(await stage.hooks.replayed(id)).toBeNull();
  });

  it('comes to its end too where the endpoint fails, and begins again with a delivery that is retried', async () => {
    const endpoint = await stage.endpoint();
    await stage.happen(2);
    endpoint.answer(500);
    const { id } = await replay(endpoint);
    await stage.pass(3 * DAY, HOUR);
    expect(await stage.hooks.replayed(id)).toMatchObject({ done: 0, finishedAt: null });
    await stage.pass(DAY, HOUR);
    expect(await stage.hooks.replayed(id)).toMatchObject({ count: 2, done: 2, finishedAt: expect.any(String) });
    const { hits } = endpoint;
    expect(hits).toHaveLength(2 + 2 * 10);

    const [failed] = await stage.hooks.deliveries({ endpointId: endpoint.id, status: 'FAILED' });
    await stage.hooks.retry(failed.id);
    await stage.quiet();
    expect(await stage.hooks.replayed(id)).toMatchObject({ count: 2, done: 1, finishedAt: null });
    endpoint.answer(200);
    await stage.pass(MINUTE);
    const finished = { count: 2, done: 2, finishedAt: expect.any(String) };
    expect(await stage.hooks.replayed(id)).toMatchObject(finished);
    // A second word on what was FAILED a while ago changes nothing: it is DELIVERED.
    expect(await stage.hooks.retry(failed.id)).toMatchObject({ code: 'INVALID_TRANSITION' });
    expect(await stage.hooks.replayed(id)).toMatchObject(finished);
  });
});

describe('an endpoint that during a replay', () => {
  it('is switched off is told the rest when it is on again', async () => {
    const endpoint = await stage.endpoint();
    await stage.happen(3);
    endpoint.answer(500);
    const { id } = await replay(endpoint);
    await stage.hooks.update(endpoint.id, { enabled: false });
    await stage.pass(HOUR, MINUTE);
    const off = await replay(endpoint);
    expect(off).toMatchObject({ code: 'INVALID_TRANSITION', field: 'endpointId' });
    expect(await stage.hooks.replayed(id)).toMatchObject({ count: 3, done: 0, finishedAt: null });
    endpoint.answer(200);
    const on = await heard(endpoint, async () => {
      await stage.hooks.update(endpoint.id, { enabled: true });
      await stage.quiet();
    });
    expect(on).toHaveLength(3);
    expect(await stage.hooks.replayed(id)).toMatchObject({ count: 3, done: 3, finishedAt: expect.any(String) });
  });

  it('is deleted is told no more, and the replay is over', async () => {
    const endpoint = await stage.endpoint();
    await stage.happen(3);
    endpoint.answer(500);
    const { id } = await replay(endpoint);
    await stage.hooks.remove(endpoint.id);
    const over = { count: 3, done: 3, finishedAt: stage.clock.now().toISOString() };
    expect(await stage.hooks.replayed(id)).toMatchObject(over);
    expect(await heard(endpoint, () => stage.pass(HOUR, MINUTE))).toEqual([]);
    expect(await stage.hooks.replayed(id)).toMatchObject(over);
    expect(await replay(endpoint)).toMatchObject({ code: 'NOT_FOUND', field: 'endpointId' });
  });
});

describe('what is new', () => {
  it('does not wait while a replay of 5,000 hangs at the same endpoint', async () => {
    const endpoint = await stage.endpoint(200, ['PAYMENT_PAID']);
    await stage.happen(5_000, { type: 'MESSAGE_READ' });
    const { answering, release } = holding();
    endpoint.answer((hit, response, request) => {
      if (hit.event.type === 'message.read') answering(hit, response, request);
      else response.writeHead(200).end();
    });
    const { id } = await replay(endpoint, { types: ['MESSAGE_READ'] });
    await until(() => endpoint.hits.length > 0, 'the replay to begin');
    await stage.quiet();
    const held = endpoint.hits.length;
    await stage.happen(20, { type: 'PAYMENT_PAID' });
    const live = endpoint.hits.slice(held).map(({ event }) => event.type);
    expect(live).toEqual(Array(20).fill('payment.paid'));
    expect(await stage.hooks.replayed(id)).toMatchObject({ count: 5_000, done: 0 });
    endpoint.answer(200);
    release(200);
    await until(async () => (await stage.hooks.replayed(id)).finishedAt, 'the replay to finish', 60_000);
    expect(endpoint.hits).toHaveLength(5_020);
  }, 120_000);
});
