import { afterEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { SECOND } from '../../src/common/clock.js';
import { type NewEvent } from '../../src/events/event-types.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { startWebhookStage, type WebhookStage } from '../support/webhook-stage.js';
import {
  anEvent,
  type Hit,
  projectOf,
  type Receiver,
  startReceiver,
  webhooksOf,
  writeEvents,
} from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

/** An event of a thing, which can be told from the hit. */
const nth = (projectId: string, subjectId: string, sequence: number, over: Partial<NewEvent> = {}): NewEvent =>
  anEvent(projectId, { subjectId, sequence, data: { thing: subjectId }, ...over });
const thingOf = ({ event }: Hit): string => event.data.thing as string;
const sequenceOf = ({ event }: Hit): number => event.data.sequence as number;

describe.each([
  ['one gateway', 1],
  ['two gateways', 2],
])('through %s', (_, gateways) => {
  const THINGS = 20;
  const OF_EACH = 100;
  let gateway: Gateway;
  let receiver: Receiver;
  afterEach(async () => {
    await gateway.close();
    await receiver.close();
  });

  it('thousands of events of few things arrive in the order of each thing, and of different things side by side', async () => {
    const under = new Map<string, number>();
    const most = { ofOneThing: 0, atAll: 0 };
    receiver = await startReceiver((hit, response) => {
      const thing = thingOf(hit);
      under.set(thing, (under.get(thing) ?? 0) + 1);
      most.ofOneThing = Math.max(most.ofOneThing, under.get(thing)!);
      most.atAll = Math.max(
        most.atAll,
        [...under.values()].reduce((sum, count) => sum + count, 0),
      );
      setTimeout(() => {
        under.set(thing, under.get(thing)! - 1);
        response.writeHead(204).end();
      }, Math.random() * 8);
    });
    gateway = await startGateway();
    const all = [gateway, ...(gateways === 2 ? [await gateway.beside()] : [])];
    const { ask } = handsOf(gateway.call);
    const projectId = await projectOf(ask);
    await webhooksOf(ask).create(receiver.url);
    const things = Array.from({ length: THINGS }, () => newId());
    for (let first = 1; first <= OF_EACH; first += 20) {
      const events = Array.from({ length: 20 }, (_, index) => things.map((id) => nth(projectId, id, first + index)));
      await writeEvents(all[Math.floor(first / 20) % gateways]!, events.flat());
    }
    await until(() => receiver.hits.length >= THINGS * OF_EACH, 'all have come', 60_000);
    const came = Map.groupBy(receiver.hits, thingOf);
    const inOrder = Array.from({ length: OF_EACH }, (_, index) => index + 1);
    for (const thing of things) expect(came.get(thing)!.map(sequenceOf)).toEqual(inOrder);
    expect(most.ofOneThing).toBe(1);
    expect(most.atAll).toBeGreaterThan(THINGS / 3);
  }, 90_000);
});

describe('a call that hangs', () => {
  const HANGING = 6;
  let stage: WebhookStage;
  afterEach(async () => {
    await stage.clear();
    await stage.close();
  });

  it('holds the later events of its own thing alone, and these until its 15 seconds are over', async () => {
    stage = await startWebhookStage();
    const projectId = await projectOf(stage.ask);
    const things = Array.from({ length: 120 }, () => newId());
    // Spread over them, so that each batch of calls has one that hangs.
    const hanging = new Set(things.filter((_, index) => index % (things.length / HANGING) === 0));
    const endpoint = await stage.endpoint((hit, response) => {
      if (!hanging.has(thingOf(hit)) || sequenceOf(hit) > 1) response.writeHead(200).end();
    });
    const recordedAt = stage.clock.now();
    await writeEvents(
      stage.gateway,
      [1, 2, 3].flatMap((sequence) => things.map((id) => nth(projectId, id, sequence, { recordedAt }))),
    );
    const others = 3 * (things.length - HANGING);
    await endpoint.first(others + HANGING);
    await stage.quiet();
    const ofHanging = (): number[] => endpoint.hits.filter((hit) => hanging.has(thingOf(hit))).map(sequenceOf);
    expect(endpoint.hits).toHaveLength(others + HANGING);
    expect(ofHanging()).toEqual(Array(HANGING).fill(1));

    await stage.pass(14 * SECOND);
    expect(ofHanging()).toEqual(Array(HANGING).fill(1));
    await stage.pass(SECOND);
    await endpoint.first(others + 3 * HANGING);
    expect(ofHanging().filter((sequence) => sequence > 1)).toHaveLength(2 * HANGING);
  });

  it('and one that failed are overtaken when they are tried again', async () => {
    stage = await startWebhookStage();
    const projectId = await projectOf(stage.ask);
    const thing = newId();
    let tries = 0;
    const endpoint = await stage.endpoint((hit, response) => {
      response.writeHead(sequenceOf(hit) === 1 && ++tries < 2 ? 500 : 200).end();
    });
    await writeEvents(
      stage.gateway,
      [1, 2, 3].map((sequence) => nth(projectId, thing, sequence)),
    );
    await endpoint.first(3);
    await stage.quiet();
    await stage.pass(7 * SECOND);
    await endpoint.first(4);
    expect(endpoint.hits.map(sequenceOf)).toEqual([1, 2, 3, 1]);
    expect(endpoint.hits[3]!.id).toBe(endpoint.hits[0]!.id);
  });
});
