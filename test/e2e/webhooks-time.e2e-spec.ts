import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { Database } from '../../src/database/database.js';
import {
  answers,
  holding,
  signaturesOf,
  startWebhookStage,
  timestampOf,
  type WebhookStage,
} from '../support/webhook-stage.js';

let stage: WebhookStage;
beforeAll(async () => {
  stage = await startWebhookStage();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

const since = (time: Date): number => stage.clock.now().getTime() - time.getTime();
/** The longest part of a pause that chance adds to it. */
const JITTER = 1.1;
/** A worker looks once a second. */
const LOOK_MS = SECOND;

describe('a delivery to an endpoint that is dead', () => {
  const PAUSES = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];

  it('is tried ten times over three days, and no more', async () => {
    const endpoint = await stage.endpoint(answers(500, {}, 'not now'));
    await stage.happen();
    for (const [index, pause] of PAUSES.entries()) {
      expect(endpoint.hits).toHaveLength(index + 1);
      const { status, nextAttemptAt } = await endpoint.delivery();
      expect(status).toBe('PENDING');
      const wait = Date.parse(nextAttemptAt) - endpoint.times.at(-1)!.getTime();
      expect(wait).toBeGreaterThanOrEqual(pause);
      expect(wait).toBeLessThanOrEqual(pause * JITTER);
      await stage.passTo(later(new Date(nextAttemptAt), -1));
      expect(endpoint.hits).toHaveLength(index + 1);
      await stage.pass(1 + LOOK_MS);
    }
    expect(endpoint.hits).toHaveLength(10);
    expect(await endpoint.delivery()).toMatchObject({ status: 'FAILED', nextAttemptAt: null });
    await stage.pass(3 * DAY, 12 * HOUR);
    expect(endpoint.hits).toHaveLength(10);
    expect((await endpoint.shown()).enabled).toBe(true);
  });

  it('has the same id each time, and a time and a signature of each attempt’s own', async () => {
    const endpoint = await stage.endpoint(500);
    await stage.happen();
    for (let hit = 1; hit < 4; hit++) await stage.passTo(later(stage.clock.now(), HOUR));
    const { hits, times, secret } = endpoint;
    expect(new Set(hits.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(hits.map(timestampOf)).toEqual(times.map((time) => new Date(Math.floor(time.getTime() / SECOND) * SECOND)));
    expect(new Set(hits.map(({ headers }) => headers['webhook-signature'])).size).toBe(4);
    for (const hit of hits) expect(signaturesOf(hit, secret)).toEqual({ count: 1, genuine: true });
  });

  it('keeps what came of each attempt', async () => {
    const late = holding();
    const endpoint = await stage.endpoint(answers(500, {}, 'out of order'));
    await stage.happen();
    endpoint.answer(late.answering);
    await stage.pass(7 * SECOND);
    await stage.pass(2 * SECOND);
    late.release(404);
    await stage.quiet();
    const [first, second] = endpoint.times.map((time) => time.toISOString());
    expect((await endpoint.delivery()).attempts).toEqual([
      { at: first, responseStatus: 500, responseBody: 'out of order', error: null, durationMs: 0 },
      { at: second, responseStatus: 404, responseBody: '', error: null, durationMs: since(endpoint.times[1]!) },
    ]);
    expect(since(endpoint.times[1]!)).toBeGreaterThanOrEqual(2 * SECOND);
  });

  it('is tried again although nobody listens there', async () => {
    const endpoint = await stage.endpoint();
    // Port 9 is the discard service’s, and nobody has one.
    await stage.hooks.update(endpoint.id, { url: 'http://127.0.0.1:9/hooks' });
    await stage.happen();
    const { status, attempts } = await endpoint.delivery();
    expect(status).toBe('PENDING');
    expect(attempts).toMatchObject([
      { responseStatus: null, responseBody: null, error: 'The connection was refused.' },
    ]);
    await stage.hooks.update(endpoint.id, { url: endpoint.url });
    await stage.pass(7 * SECOND);
    expect(await endpoint.delivery()).toMatchObject({ status: 'DELIVERED', attempts: [{}, { responseStatus: 200 }] });
  });

  it('is delivered when the endpoint recovers, and nothing more comes', async () => {
    const endpoint = await stage.endpoint(500);
    await stage.happen();
    for (let hit = 1; hit < 5; hit++) await stage.passTo(later(stage.clock.now(), 3 * HOUR));
    endpoint.answer(204);
    await stage.passTo(later(stage.clock.now(), 6 * HOUR));
    const statuses = [500, 500, 500, 500, 500, 204].map((responseStatus) => ({ responseStatus }));
    expect(await endpoint.delivery()).toMatchObject({ status: 'DELIVERED', nextAttemptAt: null, attempts: statuses });
    await stage.pass(3 * DAY, 6 * HOUR);
    expect(endpoint.hits).toHaveLength(6);
  });
});

describe('Retry-After', () => {
  it.each<[string, (now: Date) => string, number]>([
    ['seconds', () => '90', 90 * SECOND],
    ['a date', (now) => later(now, 2 * HOUR).toUTCString(), 2 * HOUR],
    ['more than a day', () => '999999', DAY],
    ['less than our own pause', () => '1', 5 * SECOND],
    ['what cannot be read', () => 'soon', 5 * SECOND],
  ])('of %s puts the next attempt off', async (_what, retryAfter, wait) => {
    // A date has whole seconds.
    await stage.passTo(new Date(Math.ceil(stage.clock.now().getTime() / SECOND) * SECOND));
    const endpoint = await stage.endpoint(answers(500, { 'retry-after': retryAfter(stage.clock.now()) }));
    await stage.happen();
    const next = new Date((await endpoint.delivery()).nextAttemptAt);
    const waits = next.getTime() - endpoint.times[0]!.getTime();
    expect(waits).toBeGreaterThanOrEqual(wait);
    expect(waits).toBeLessThanOrEqual(wait + (JITTER - 1) * 5 * SECOND);
    await stage.passTo(later(next, -1));
    expect(endpoint.hits).toHaveLength(1);
    await stage.pass(1 + LOOK_MS);
    expect(endpoint.hits).toHaveLength(2);
  });
});

describe('what came of a call and could not be written down', () => {
  it('is lost, and the event is told again with the same id', async () => {
    const database = stage.gateway.app.nest.get(Database);
    const endpoint = await stage.endpoint();
    await database.rows('alter table webhook_attempts rename to elsewhere');
    await stage.happen();
    await database.rows('alter table elsewhere rename to webhook_attempts');
    expect(await endpoint.delivery()).toMatchObject({ status: 'PENDING', attempts: [] });
    await stage.pass(MINUTE, 10 * SECOND);
    expect(endpoint.hits.map(({ id }) => id)).toEqual([endpoint.hits[0]!.id, endpoint.hits[0]!.id]);
    expect(await endpoint.delivery()).toMatchObject({ status: 'DELIVERED', attempts: [{ responseStatus: 200 }] });
  });
});

describe('an endpoint that hangs', () => {
  it('has 15 s for its answer, and others do not wait for it', async () => {
    const hanging = await stage.endpoint(holding().answering);
    const other = await stage.endpoint();
    await stage.happen(100);
    expect(other.hits).toHaveLength(100);
    expect(await stage.hooks.deliveries({ endpointId: other.id, status: 'DELIVERED' })).toHaveLength(100);
    const inHand = hanging.hits.length;
    await stage.pass(15 * SECOND - 1, 15 * SECOND);
    expect(hanging.hits).toHaveLength(inHand);
    await stage.pass(1);
    const tried = (await hanging.deliveries()).filter(({ attempts }) => attempts.length > 0);
    expect(tried).toHaveLength(inHand);
    for (const { attempts } of tried)
      expect(attempts).toMatchObject([{ responseStatus: null, error: 'Time was up.', durationMs: 15 * SECOND }]);
  });

  it('and sends its answer bit by bit has no more time than that', async () => {
    const endpoint = await stage.endpoint((_hit, response) => void response.writeHead(200).write('{"slow'));
    await stage.happen();
    await stage.pass(14 * SECOND, 14 * SECOND);
    expect((await endpoint.delivery()).attempts).toEqual([]);
    await stage.pass(SECOND);
    expect(await endpoint.delivery()).toMatchObject({
      status: 'PENDING',
      attempts: [{ error: 'The answer did not end in time.' }],
    });
  });

  it('with a whole replay is still told at once of what is new', async () => {
    const endpoint = await stage.endpoint();
    await stage.happen(70);
    const late = holding();
    endpoint.answer(late.answering);
    await stage.hooks.replay(endpoint.id, { from: stage.clock.now() });
    await stage.quiet();
    const before = endpoint.hits.length;
    expect(before).toBeGreaterThan(100);
    await stage.happen();
    expect(endpoint.hits).toHaveLength(before + 1);
    expect(endpoint.hits.slice(0, before).map(({ id }) => id)).not.toContain(endpoint.hits.at(-1)!.id);
  });
});

describe('a secret that was rotated', () => {
  it('signs beside the new one for 24 hours, and not after', async () => {
    const endpoint = await stage.endpoint();
    const rotatedAt = stage.clock.now();
    const { secret } = await stage.hooks.rotate(endpoint.id);
    const nextHit = async (): Promise<any> => {
      await stage.happen();
      return endpoint.hits.at(-1);
    };
    for (const wait of [0, DAY - 1]) {
      await stage.passTo(later(rotatedAt, wait));
      const hit = await nextHit();
      expect(signaturesOf(hit, secret)).toEqual({ count: 2, genuine: true });
      expect(signaturesOf(hit, endpoint.secret)).toEqual({ count: 2, genuine: true });
    }
    await stage.passTo(later(rotatedAt, DAY));
    const hit = await nextHit();
    expect(signaturesOf(hit, secret)).toEqual({ count: 1, genuine: true });
    expect(signaturesOf(hit, endpoint.secret).genuine).toBe(false);
  });

  it('signs what waited since before, too', async () => {
    const endpoint = await stage.endpoint(500);
    await stage.happen();
    const { secret } = await stage.hooks.rotate(endpoint.id);
    await stage.pass(7 * SECOND);
    expect(signaturesOf(endpoint.hits[1]!, secret)).toEqual({ count: 2, genuine: true });
  });
});

describe('what an operator sees', () => {
  const metric = async (line: string): Promise<number> => {
    const text = await (await fetch(`${stage.gateway.url}/metrics`)).text();
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? 0);
  };
  const LINES = [
    ...['delivered', 'failed', 'gone'].map((outcome) => `kurir_webhook_calls_total{outcome="${outcome}"}`),
    'kurir_webhook_latency_seconds_count',
    'kurir_webhook_latency_seconds_sum',
  ];
  const metrics = (): Promise<number[]> => Promise.all(LINES.map(metric));

  it('is how calls end, and how long events take to be confirmed at the first attempt', async () => {
    await stage.pass(MINUTE, MINUTE);
    const begun = stage.clock.now();
    const before = await metrics();
    const late = holding();
    const slow = await stage.endpoint(late.answering);
    const flaky = await stage.endpoint(500);
    const gone = await stage.endpoint(410, ['MESSAGE_DELIVERED']);
    await stage.happen();
    await stage.pass(2 * SECOND);
    late.release(200);
    flaky.answer(200);
    await stage.pass(5 * SECOND);
    slow.answer(200);
    await stage.hooks.replay(slow.id, { from: begun, types: ['MESSAGE_DELIVERED'] });
    await stage.pass(SECOND);
    expect([slow.hits.length, flaky.hits.length, gone.hits.length]).toEqual([3, 4, 1]);
    const after = await metrics();
    const [delivered, failed, wasGone, count, sum] = after.map((value, index) => value - before[index]!);
    // The event, and word of the endpoint that is gone; the replay of the first.
    expect({ delivered, failed, wasGone }).toEqual({ delivered: 5, failed: 2, wasGone: 1 });
    expect({ count, sum }).toEqual({ count: 2, sum: 4 });
  });

  it('in the log is what went wrong, and never a secret, the address’s query, or what was told', async () => {
    const { gateway, hooks } = stage;
    const database = gateway.app.nest.get(Database);
    const from = gateway.lines.length;
    const data = { message: { id: 'msg_1', to: '+6287820000001', metadata: { note: 'for nobody else' } } };
    const endpoint = await stage.endpoint(answers(500, {}, 'an answer of theirs'), [], '?token=of-the-query');
    const { secret } = await hooks.rotate(endpoint.id);
    await stage.happen(1, { data });
    await database.rows('alter table webhook_attempts rename to elsewhere');
    await stage.happen(1, { data });
    await database.rows('alter table elsewhere rename to webhook_attempts');
    endpoint.answer((_hit, response) => void response.destroy());
    await stage.pass(MINUTE, 10 * SECOND);
    await database.rows('update webhook_endpoints set secrets = $1', [Buffer.from('sealed by nobody')]);
    await stage.happen(1, { data });
    const log = gateway.lines.slice(from).join('');
    expect(log).toContain('The secret was sealed with another ENCRYPTION_KEY: rotate it.');
    // The database's word for a table that is not there.
    expect(log).toContain('42P01');
    const said = [endpoint.secret, secret].flatMap((whole) => [whole, whole.slice('whsec_'.length)]);
    const kept = [...said, 'of-the-query', 'for nobody else', '87820000001', 'an answer of theirs'];
    expect(kept.filter((one) => log.includes(one))).toEqual([]);
  });
});
