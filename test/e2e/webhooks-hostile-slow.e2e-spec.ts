import { type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { type RawReceiver, startRawReceiver } from '../support/raw-receiver.js';
import { until } from '../support/until.js';
import { startWebhookStage, type WebhookStage } from '../support/webhook-stage.js';

let stage: WebhookStage;
let receiver: RawReceiver | undefined;

beforeAll(async () => {
  stage = await startWebhookStage();
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.clear();
  await receiver?.close();
});

const OK = 'HTTP/1.1 200 OK\r\n';

/** What a server says at the first second, the second one, and so on. */
type Speech = (second: number) => string;

const byteByByte =
  (text: string): Speech =>
  (second) =>
    text.charAt(second);
const atOnce =
  (text: string): Speech =>
  (second) =>
    second === 0 ? text : '';

/** Has a server called that speaks so. */
async function callTo(speech: Speech): Promise<{ after(seconds: number): Promise<any> }> {
  let socket: Socket | undefined;
  receiver = await startRawReceiver((its) => (socket = its));
  const { endpoint } = await stage.hooks.create(receiver.url);
  const { id } = await stage.hooks.test(endpoint.id);
  await until(() => socket, 'the request');
  let spoken = 0;
  return {
    after: async (seconds) => {
      for (let passed = 0; passed < seconds; passed++) {
        const words = speech(spoken++);
        if (words !== '' && !socket!.destroyed) socket!.write(words);
        await stage.pass(SECOND);
      }
      return stage.hooks.delivery(id);
    },
  };
}

describe('an endpoint that takes its time', () => {
  it.each<[what: string, speech: Speech, error: string]>([
    ['says nothing', () => '', 'Time was up.'],
    ['sends its headers byte by byte', byteByByte(OK), 'Time was up.'],
    ['promises an answer again and again', () => 'HTTP/1.1 102 Processing\r\n\r\n', 'Time was up.'],
    ['sends endless headers', (second) => (second === 0 ? OK : `x-${second}: a\r\n`), 'Time was up.'],
    [
      'sends its body byte by byte',
      (second) => (second === 0 ? `${OK}content-length: 4096\r\n\r\n` : 'a'),
      'The answer did not end in time.',
    ],
    [
      'sends one chunk after the other',
      (second) => (second === 0 ? `${OK}transfer-encoding: chunked\r\n\r\n` : '1\r\na\r\n'),
      'The answer did not end in time.',
    ],
    [
      'stops in the middle of its body',
      atOnce(`${OK}content-length: 9\r\n\r\nhalf`),
      'The answer did not end in time.',
    ],
    ['never says that its body is over', atOnce(`${OK}\r\nall of it`), 'The answer did not end in time.'],
  ])('and %s has 15 s, and no more', async (_what, speech, error) => {
    const call = await callTo(speech);
    expect((await call.after(14)).attempts).toEqual([]);
    const { status, attempts } = await call.after(1);
    expect(status).toBe('PENDING');
    // What had come is kept.
    const responseStatus = error === 'Time was up.' ? null : 200;
    expect(attempts).toMatchObject([{ responseStatus, error, durationMs: 15_000 }]);
  });

  it('and ends within 15 s has succeeded', async () => {
    const { status, attempts } = await (
      await callTo((second) => (second === 0 ? `${OK}content-length: 13\r\n\r\n` : 'a'))
    ).after(14);
    expect(status).toBe('DELIVERED');
    expect(attempts).toMatchObject([{ responseStatus: 200, responseBody: 'a'.repeat(13), error: null }]);
  });

  it('and says what is kept of an answer at once has succeeded, whenever it ends', async () => {
    const call = await callTo(atOnce(`${OK}content-length: 9999\r\n\r\n${'a'.repeat(4096)}`));
    const { status, attempts } = await call.after(1);
    expect(status).toBe('DELIVERED');
    expect(attempts).toMatchObject([{ responseStatus: 200, responseBody: 'a'.repeat(4096), error: null }]);
  });

  it('and never shakes hands has 15 s, and no more', async () => {
    // It takes connections for TLS and understands none of what it is told.
    receiver = await startRawReceiver(() => undefined);
    const { endpoint } = await stage.hooks.create(receiver.url.replace('http:', 'https:'));
    const { id } = await stage.hooks.test(endpoint.id);
    await until(() => receiver!.connections > 0, 'a connection');
    await stage.pass(14 * SECOND);
    expect((await stage.hooks.delivery(id)).attempts).toEqual([]);
    await stage.pass(SECOND);
    expect(await stage.hooks.delivery(id)).toMatchObject({
      status: 'PENDING',
      attempts: [{ responseStatus: null, error: 'Time was up.' }],
    });
  });
});
