import { afterEach, beforeEach, expect, it, describe } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { holding, type StagedEndpoint, startWebhookStage, type WebhookStage } from '../support/webhook-stage.js';
import { anEvent, projectOf, webhooksOf, writeEvents } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

describe('a gateway that is asked to stop while an endpoint is being called', () => {
  let stage: WebhookStage;
  /** Looks on, and calls nobody. */
  let beside: Gateway;
  let late: ReturnType<typeof holding>;
  let endpoint: StagedEndpoint;
  beforeEach(async () => {
    stage = await startWebhookStage();
    beside = await stage.gateway.beside({ env: { ROLE: 'api' } });
    late = holding();
    endpoint = await stage.endpoint(late.answering);
    await stage.happen();
  });
  afterEach(() => stage.close());

  /** Resolves when it takes no more requests; `over` when it has let go of everything. */
  async function stopping(): Promise<{ over: Promise<void>; isOver: () => boolean }> {
    let isOver = false;
    const over = stage.gateway.app.close().then(() => void (isOver = true));
    const refused = (): Promise<boolean> =>
      fetch(`${stage.gateway.url}/healthz`).then(
        () => false,
        () => true,
      );
    await until(refused, 'it takes no more connections');
    return { over, isOver: () => isOver };
  }
  const deliveries = async (): Promise<any[]> => {
    const found = await webhooksOf(handsOf(beside.call).ask).deliveries({ endpointId: endpoint.id });
    return found.reverse();
  };
  const event = async (): Promise<void> =>
    writeEvents(beside, [anEvent(await projectOf(handsOf(beside.call).ask), { recordedAt: stage.clock.now() })]);

  it('waits for the answer and writes it down', async () => {
    const { over, isOver } = await stopping();
    await stage.quiet();
    expect(isOver()).toBe(false);
    late.release(200);
    await over;
    expect(await deliveries()).toMatchObject([{ status: 'DELIVERED', attempts: [{ responseStatus: 200 }] }]);
  });

  it('begins no other call: the next process does', async () => {
    const { over } = await stopping();
    await event();
    await stage.pass(3 * SECOND);
    expect(endpoint.hits).toHaveLength(1);
    late.release(200);
    await over;
    endpoint.answer(200);
    await stage.gateway.beside({ env: { ROLE: 'worker' } });
    await endpoint.first(2);
    await stage.pass(MINUTE, 10 * SECOND);
    expect(endpoint.hits).toHaveLength(2);
    expect(await deliveries()).toMatchObject([{ status: 'DELIVERED' }, { status: 'DELIVERED' }]);
  });

  it('waits no longer than an endpoint has for its answer', async () => {
    const { over } = await stopping();
    stage.clock.advance(15 * SECOND);
    await over;
    expect(await deliveries()).toMatchObject([{ status: 'PENDING', attempts: [{ error: 'Time was up.' }] }]);
  });
});
