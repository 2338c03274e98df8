import { until } from '../support/until.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../src/common/clock.js';
import { EXE, jpeg, PDF, PNG, upload } from '../support/files.js';
import { type FakeServer, startFakeServer } from '../support/fake-server.js';
import { ManualClock } from '../support/manual-clock.js';
import { person, startWorld, type World } from '../support/world.js';

const LARGE_IMAGE = jpeg(30 * 1024 * 1024);

const clock = new ManualClock();
let world: World;
/** A merchant's own server, and what it answers. */
let shop: FakeServer;
let answer: { status: number; bytes: Buffer; headers?: Record<string, string> } | null;

beforeAll(async () => {
  world = await startWorld({ doku: false, exotel: {}, clock, callbackPlan: { statuses: [] } });
  shop = await startFakeServer((_path, response) => {
    if (answer) response.writeHead(answer.status, answer.headers).end(answer.bytes);
    else response.destroy();
  });
});
afterAll(async () => {
  await shop.close();
  await world.close();
});
beforeEach(() => {
  answer = { status: 200, bytes: PNG };
});

let people = 0;
const viaLink = (media: Record<string, unknown>): Promise<any> =>
  world.send({
    ...{ to: person(++people), accountId: world.wappin.id },
    content: { media: { url: `${shop.url}/photo.jpg`, ...media } },
  });
/** The calls that would have carried the file, or anything else. */
const calls = (): number => world.simulator.ledger.counts({ kind: 'WAPPIN' }).requests;

describe('an upload', () => {
  it('of a 30 MB image is 413, and an .exe called .jpg is 415: nothing of them is kept', async () => {
    for (const [bytes, status] of [
      [LARGE_IMAGE, 413],
      [EXE, 415],
    ] as const) {
      expect(await upload(world.gateway, bytes, 'photo.jpg')).toEqual({
        ...{ status, body: { code: 'MEDIA_REJECTED', message: expect.any(String) } },
      });
    }
    expect(await world.counts('media')).toEqual({ media: 0 });
  });
});

describe('a link that leads to something else than WhatsApp carries', () => {
  it.each([
    ['an .exe called .jpg', { status: 200, bytes: EXE, headers: { 'content-type': 'image/jpeg' } }],
    ['a 30 MB image', { status: 200, bytes: LARGE_IMAGE }],
    ['a page that says that it is not there', { status: 404, bytes: Buffer.from('no') }],
    ['a page for people', { status: 200, bytes: Buffer.from('<!doctype html><title>Masuk</title>') }],
    ['nothing', { status: 200, bytes: Buffer.alloc(0) }],
    ['another type than was said', { status: 200, bytes: PDF }],
    ['another address', { status: 302, bytes: Buffer.alloc(0), headers: { location: 'http://127.0.0.1:1/' } }],
  ])('fails the message with MEDIA_REJECTED and is never uploaded: %s', async (_name, given) => {
    answer = given;
    const before = calls();
    const { id } = await viaLink({ type: 'IMAGE' });
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'FAILED', problem: { code: 'MEDIA_REJECTED' } });
    expect(message.problem.message).toMatch(/\w{3,}.*\.$/);
    expect(message.attempts).toMatchObject([{ outcome: 'REFUSED', request: null, response: null }]);
    expect(message.events.map(({ type }: any) => type)).toEqual(['MESSAGE_QUEUED', 'MESSAGE_FAILED']);
    expect(calls()).toBe(before);
    await world.pass(MINUTE);
    expect((await world.message(id)).attempts).toHaveLength(1);
  });

  it('is looked at also for those who fetch for themselves, and never handed on', async () => {
    answer = { status: 200, bytes: EXE };
    const content = { media: { type: 'IMAGE', url: `${shop.url}/photo-of-exotel.jpg` } };
    const { id } = await world.send({ to: person(++people), accountId: world.exotel.id, content });
    await until(async () => ((await world.message(id)).status === 'FAILED' ? true : undefined));
    const { problem, attempts } = await world.message(id);
    expect(problem).toMatchObject({ code: 'MEDIA_REJECTED', provider: null });
    expect(attempts).toMatchObject([{ outcome: 'REFUSED', request: null }]);
  });
});

describe('a link whose server is in trouble', () => {
  it.each([
    ['says so', { status: 503, bytes: Buffer.alloc(0) }],
    ['hangs up', null],
  ])('is asked again, and the message leaves once it gives the file: it %s', async (_name, given) => {
    answer = given;
    const before = calls();
    const { id } = await viaLink({ type: 'IMAGE' });
    await world.pass(10 * SECOND);
    const waiting = await world.message(id);
    expect(waiting).toMatchObject({ status: 'QUEUED', problem: null });
    expect(waiting.attempts.length).toBeGreaterThan(1);
    expect(new Set(waiting.attempts.map(({ outcome }: any) => outcome))).toEqual(new Set(['DEFERRED']));
    expect(calls()).toBe(before);
    answer = { status: 200, bytes: PNG };
    await world.pass(MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED', problem: null });
  });

  it('fails the message after a day of that', async () => {
    answer = { status: 503, bytes: Buffer.alloc(0) };
    const { id } = await viaLink({ type: 'IMAGE' });
    await world.pass(DAY + 10 * MINUTE, 5 * MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'FAILED', problem: { code: 'PROVIDER_UNAVAILABLE' } });
  }, 60_000);
});
