import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { holding, type StagedEndpoint, startWebhookStage, type WebhookStage } from '../support/webhook-stage.js';

let stage: WebhookStage;
beforeAll(async () => {
  stage = await startWebhookStage();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

const FIVE_DAYS = /five days/;
const GONE = /410/;

/** What the log says of an endpoint that we switched off, oldest first. */
async function disabledEvents({ id }: StagedEndpoint): Promise<any[]> {
  const { events } = await stage.ask(
    '{ events(first: 200, types: [WEBHOOK_DISABLED]) { edges { node { data endpoint { id } } } } }',
  );
  return events.edges.map(({ node }: any) => node).filter(({ endpoint }: any) => endpoint.id === id);
}
async function expectOff(endpoint: StagedEndpoint, reason: RegExp): Promise<void> {
  const disabledReason = expect.stringMatching(reason) as string;
  expect(await endpoint.shown()).toMatchObject({ enabled: false, disabledReason });
  const data = { endpoint: { id: endpoint.id, url: endpoint.url, enabled: false, disabledReason } };
  expect(await disabledEvents(endpoint)).toMatchObject([{ data }]);
}
async function expectOn(endpoint: StagedEndpoint): Promise<void> {
  expect(await endpoint.shown()).toMatchObject({ enabled: true, disabledReason: null });
}
const statuses = async (endpoint: StagedEndpoint): Promise<string[]> =>
  (await endpoint.deliveries()).map(({ status }) => status);
const types = ({ hits }: StagedEndpoint): string[] => hits.map(({ event }) => event.type);
const switchTo = async ({ id }: StagedEndpoint, enabled: boolean): Promise<void> => {
  expect(await stage.hooks.update(id, { enabled })).toMatchObject({ __typename: 'WebhookEndpoint', enabled });
  await stage.quiet();
};

describe('an endpoint that answers 410', () => {
  it('is switched off with a reason and an event, of which the others hear', async () => {
    const endpoint = await stage.endpoint(410);
    const other = await stage.endpoint();
    await stage.happen();
    await expectOff(endpoint, GONE);
    expect(await endpoint.delivery()).toMatchObject({ status: 'FAILED', nextAttemptAt: null, attempts: [{}] });
    expect(types(other)).toEqual(['message.delivered', 'webhook.disabled']);
    expect(other.hits[1]!.event.data).toMatchObject({ endpoint: { id: endpoint.id, enabled: false } });
  });

  it('leaves what waits for it waiting, and has it at once when it is switched on', async () => {
    const endpoint = await stage.endpoint(500);
    await stage.happen(3);
    await stage.passTo(later(stage.clock.now(), 6 * SECOND));
    endpoint.answer(410);
    await stage.happen();
    const waiting = (await endpoint.deliveries()).slice(0, 3);
    expect(waiting).toMatchObject(Array(3).fill({ status: 'PENDING', nextAttemptAt: null }));
    // Their next attempts would have been in five minutes.
    await stage.pass(MINUTE, 10 * SECOND);
    expect(endpoint.hits).toHaveLength(7);
    endpoint.answer(200);
    await switchTo(endpoint, true);
    await expectOn(endpoint);
    expect(endpoint.hits).toHaveLength(10);
    expect(await statuses(endpoint)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED', 'FAILED']);
  });

  it('to many calls at once is switched off once', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen(10);
    late.release(410);
    await stage.quiet();
    await expectOff(endpoint, GONE);
    expect(new Set(await statuses(endpoint))).toEqual(new Set(['FAILED']));
  });
});

describe('an endpoint at which nothing has succeeded for five days', () => {
  /** The event fails at that time. */
  const failsAt = async (endpoint: StagedEndpoint, time: Date): Promise<void> => {
    await stage.passTo(time);
    endpoint.answer(500);
    await stage.happen();
  };
  const succeedsAt = async (endpoint: StagedEndpoint, time: Date): Promise<void> => {
    await stage.passTo(time);
    endpoint.answer(200);
    await stage.happen();
  };
  /** One whose first call failed now. */
  const failing = async (): Promise<[StagedEndpoint, Date]> => {
    const endpoint = await stage.endpoint(500);
    await stage.happen();
    return [endpoint, stage.clock.now()];
  };

  it('is switched off by the next failure, and not before', async () => {
    const [endpoint, start] = await failing();
    const other = await stage.endpoint();
    await failsAt(endpoint, later(start, 5 * DAY - 1));
    await expectOn(endpoint);
    expect(await disabledEvents(endpoint)).toEqual([]);
    await failsAt(endpoint, later(start, 5 * DAY));
    await expectOff(endpoint, FIVE_DAYS);
    expect(types(other).at(-1)).toBe('webhook.disabled');
    const { length } = endpoint.hits;
    await stage.pass(DAY, 6 * HOUR);
    expect(endpoint.hits).toHaveLength(length);
    const last = (await endpoint.deliveries()).at(-1);
    expect(last).toMatchObject({ status: 'PENDING', nextAttemptAt: null, attempts: [{ responseStatus: 500 }] });
  });

  it('is counted anew after a single success', async () => {
    const [endpoint, start] = await failing();
    await succeedsAt(endpoint, later(start, 4 * DAY));
    const again = later(start, 4 * DAY + HOUR);
    await failsAt(endpoint, again);
    await failsAt(endpoint, later(again, 5 * DAY - 1));
    await expectOn(endpoint);
    await failsAt(endpoint, later(again, 5 * DAY));
    await expectOff(endpoint, FIVE_DAYS);
  });

  it('is counted anew after a success whose call began before the first failure', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen();
    const start = stage.clock.now();
    await failsAt(endpoint, later(start, 2 * SECOND));
    await stage.pass(SECOND);
    late.release(200);
    await stage.quiet();
    await failsAt(endpoint, later(start, 5 * DAY + MINUTE));
    await expectOn(endpoint);
  });

  it.each<[string, (endpoint: StagedEndpoint) => Promise<unknown>]>([
    ['it is moved', ({ id, url }) => stage.hooks.update(id, { url: `${url}/moved` })],
    ['somebody says that it is on', (endpoint) => switchTo(endpoint, true)],
    ['it is switched off and on', (endpoint) => switchTo(endpoint, false).then(() => switchTo(endpoint, true))],
  ])('is counted anew when %s', async (_what, change) => {
    const [endpoint, start] = await failing();
    await stage.passTo(later(start, 4 * DAY));
    await change(endpoint);
    await failsAt(endpoint, later(start, 5 * DAY + MINUTE));
    await expectOn(endpoint);
  });

  it('and not in what it hears of is switched off all the same', async () => {
    const [endpoint, start] = await failing();
    await stage.passTo(later(start, 4 * DAY));
    await stage.hooks.update(endpoint.id, { eventTypes: ['MESSAGE_DELIVERED'] });
    await stage.hooks.rotate(endpoint.id);
    await failsAt(endpoint, later(start, 5 * DAY + MINUTE));
    await expectOff(endpoint, FIVE_DAYS);
  });
});

describe('an endpoint that a person switches off', () => {
  it('has no reason and no event, and what it was due waits', async () => {
    const endpoint = await stage.endpoint(500);
    const other = await stage.endpoint();
    await stage.happen();
    await switchTo(endpoint, false);
    expect(await endpoint.shown()).toMatchObject({ enabled: false, disabledReason: null });
    expect(await disabledEvents(endpoint)).toEqual([]);
    expect(types(other)).toEqual(['message.delivered']);
    await stage.pass(MINUTE, 10 * SECOND);
    expect(endpoint.hits).toHaveLength(1);
    expect(await endpoint.delivery()).toMatchObject({ status: 'PENDING', nextAttemptAt: null });
  });

  it('hears nothing of that time when it is on again, and everything since', async () => {
    const endpoint = await stage.endpoint();
    await switchTo(endpoint, false);
    await stage.happen(3);
    await switchTo(endpoint, true);
    await stage.pass(MINUTE, 10 * SECOND);
    expect(endpoint.hits).toEqual([]);
    await stage.happen(2);
    expect(endpoint.hits).toHaveLength(2);
    expect(await endpoint.deliveries()).toHaveLength(2);
  });

  it('while a call is under way keeps what came of it', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen(2);
    await switchTo(endpoint, false);
    late.release(200);
    await stage.quiet();
    expect(await statuses(endpoint)).toEqual(['DELIVERED', 'DELIVERED']);
  });
});

describe('a call that was under way when its endpoint was changed', () => {
  const moved = ({ id }: StagedEndpoint, { url }: StagedEndpoint): Promise<unknown> => stage.hooks.update(id, { url });
  const offAndOn = async (endpoint: StagedEndpoint): Promise<unknown> => {
    await switchTo(endpoint, false);
    return switchTo(endpoint, true);
  };

  it.each([
    ['moved', 410, moved],
    ['moved', 429, moved],
    ['switched off and on', 410, offAndOn],
    ['switched off and on', 429, offAndOn],
  ] as const)('(%s) and ends with %i does not count against it', async (_what, status, change) => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    const elsewhere = await stage.endpoint(200, ['TEMPLATE_STATUS_CHANGED']);
    await stage.happen();
    await change(endpoint, elsewhere);
    endpoint.answer(200);
    late.release(status);
    await stage.quiet();
    await expectOn(endpoint);
    // Neither off nor left alone: it hears of the next event at once, and of this one after a pause.
    await stage.happen();
    const found = await endpoint.deliveries();
    expect(found).toMatchObject([
      { status: 'PENDING', attempts: [{ responseStatus: status }] },
      { status: 'DELIVERED' },
    ]);
    await stage.pass(7 * SECOND);
    expect(await statuses(endpoint)).toEqual(['DELIVERED', 'DELIVERED']);
    expect(change === moved ? elsewhere.hits : endpoint.hits.slice(1)).toHaveLength(2);
  });

  it('and fails is no beginning of five days', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen();
    await offAndOn(endpoint);
    late.release(500);
    endpoint.answer(500);
    const start = stage.clock.now();
    await stage.passTo(later(start, DAY));
    await stage.passTo(later(start, 5 * DAY + MINUTE));
    await expectOn(endpoint);
  });

  it('(deleted) is kept with what it brought, and is the last', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(late.answering);
    await stage.happen();
    const { id } = await endpoint.delivery();
    expect(await stage.hooks.remove(endpoint.id)).toMatchObject({ __typename: 'Deleted' });
    late.release(500);
    await stage.quiet();
    await stage.pass(MINUTE, 10 * SECOND);
    expect(endpoint.hits).toHaveLength(1);
    expect(await stage.hooks.delivery(id)).toMatchObject({
      ...{ status: 'FAILED', nextAttemptAt: null, attempts: [{ responseStatus: 500 }] },
      endpoint: { id: endpoint.id, enabled: false, disabledReason: null },
    });
  });
});
