import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callbackBody, postCallback } from '../support/wappin-callback.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  CALLBACK_TOKEN,
  connectWappin,
  type ConnectedAccount,
  person,
  startWorld,
  viaWappin,
  type World,
} from '../support/world.js';

const TAKEN = { status: 200, text: '{"status":"000"}' };
const LARGEST = 4 * 1024 * 1024;

const clock = new ManualClock();
let world: World;
/** An account of another contract, whose callbacks carry no token. */
let open: ConnectedAccount;
let url: string;
beforeAll(async () => {
  world = await startWorld({ doku: false, clock, callbackPlan: { statuses: [] } });
  open = await connectWappin(world.call, world.simulator.url, {
    name: 'Without a token',
    credentials: { callbackToken: null },
  });
  url = world.wappin.callbackUrl as string;
});
afterAll(() => world.close());

let people = 0;
async function submitted(): Promise<{ id: string; messageId: string; recipient: string }> {
  const recipient = person(++people);
  const { id } = await world.send(viaWappin(recipient, { accountId: world.wappin.id }));
  const { providerMessageId } = await world.messageIn(id, 'SUBMITTED');
  return { id, recipient, messageId: providerMessageId };
}

const stored = async (): Promise<number> => (await world.counts('callbacks'))['callbacks']!;

async function counted(provider: string, verdict: string): Promise<number> {
  const text = await (await fetch(`${world.gateway.url}/metrics`)).text();
  const line = new RegExp(`^kurir_callbacks_total\\{provider="${provider}",verdict="${verdict}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
}

/** Not JSON, not an object, or an object that says what no callback says. */
const MALFORMED: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['half an object', '{"message_id":"5d36'],
  ['null', 'null'],
  ['an array', '[]'],
  ['a form', 'message_id=1&status_messages=read'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ['brackets without end', '['.repeat(100_000)],
];
const STRANGE: readonly (readonly [string, string])[] = [
  ['an empty object', '{}'],
  ['an id with a NUL', callbackBody({ messageId: 'a\0b', status: 'read' })],
  ['half a surrogate', '{"message_id":"\\ud800","status_messages":"read"}'],
  ['an id that is an object', '{"message_id":{"a":1},"status_messages":["read"],"timestamp":{}}'],
  ['a very long id', callbackBody({ messageId: 'x'.repeat(100_000), status: 'read' })],
  ['a time past all times', '{"message_id":"1","status_messages":"read","timestamp":"99999999999999999999"}'],
  ['a time before all times', '{"message_id":"1","status_messages":"read","timestamp":-5}'],
  ['no number of a person', '{"message_id":"1","status_messages":"read","sender_number":"0 or 1=1"}'],
  ['a prototype', '{"__proto__":{"message_id":"1"},"constructor":1,"status_messages":"toString"}'],
  ['a status that nobody knows', callbackBody({ messageId: '5d366a8d54dce', status: 'teleported' })],
];

describe('a genuine callback', () => {
  it('is answered exactly {"status":"000"} and moves its message, in both spellings of the document', async () => {
    const { id, ...message } = await submitted();
    for (const [status, spelling] of [
      ['sent', 'sample'],
      ['delivered', 'table'],
    ] as const) {
      const body = callbackBody({ ...message, status, spelling, at: clock.now() });
      expect(await postCallback(url, body)).toEqual({
        ...TAKEN,
        contentType: expect.stringMatching(/^application\/json/) as string,
      });
      await world.messageIn(id, status.toUpperCase());
    }
  });

  it('is kept as the bytes that came, without the secret that proved it', async () => {
    const { messageId } = await submitted();
    const body = `\r\n { "message_id" :\t"${messageId}", "status_messages":"\\u0073ent", "client_name":"Ünïcødé \u{1F69A}", "n": 1.0e2 }\n`;
    expect(await postCallback(url, body, { contentType: 'text/plain; charset=latin1' })).toMatchObject(TAKEN);
    const [row] = await world.rows('select body, topic, method, headers::text from callbacks order by id desc limit 1');
    expect((row.body as Buffer).equals(Buffer.from(body))).toBe(true);
    expect(row).toMatchObject({ topic: 'callback', method: 'POST' });
    expect(JSON.parse(row.headers)).toMatchObject({ 'content-type': 'text/plain; charset=latin1' });
    expect(row.headers).not.toContain(CALLBACK_TOKEN);
  });

  it('is stored before it is answered, each of many that come at once', async () => {
    const before = await stored();
    const bodies = Array.from({ length: 120 }, (_, index) =>
      callbackBody({ messageId: `unknown-${index}`, status: 'sent', at: clock.now() }),
    );
    await Promise.all(
      bodies.map(async (body) => {
        expect(await postCallback(url, body)).toMatchObject(TAKEN);
        const kept = await world.rows('select from callbacks where body = $1', [Buffer.from(body)]);
        expect(kept).toHaveLength(1);
      }),
    );
    expect(await stored()).toBe(before + bodies.length);
  });
});

describe('what is not genuine', () => {
  it.each([
    ['no token', null],
    ['another one', 'not-the-token'],
    ['one that begins like it', CALLBACK_TOKEN.slice(0, -1)],
    ['one that goes on after it', `${CALLBACK_TOKEN}x`],
    ['an empty one', ''],
  ])('with %s is 401: counted, and nothing is stored or moved', async (_name, token) => {
    const { id, ...message } = await submitted();
    const [before, refused] = [await stored(), await counted('WAPPIN', 'refuse')];
    const answer = await postCallback(url, callbackBody({ ...message, status: 'read', at: clock.now() }), { token });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain(CALLBACK_TOKEN);
    expect(await counted('WAPPIN', 'refuse')).toBe(refused + 1);
    expect(await stored()).toBe(before);
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('is 404 at an address with a key or a topic that nobody has, with the right token too', async () => {
    const before = await stored();
    const body = callbackBody({ messageId: 'any', status: 'sent' });
    for (const wrong of [
      url.replace(/callbacks\/[^/]+/, 'callbacks/no-such-key'),
      url.replace(/\/callback$/, '/webhook'),
      url.replace(/\/callback$/, '/callback/more'),
      url.replace(/\/callback$/, '/'),
      url.replace(/\/callback$/, '/%00'),
      url.replace(/callbacks\/[^/]+/, 'callbacks/%00'),
    ]) {
      const { status, text } = await postCallback(wrong, body);
      expect([wrong, status]).toEqual([wrong, 404]);
      expect(text).not.toContain('000');
    }
    expect(await counted('unknown', 'nobody')).toBeGreaterThan(0);
    expect(await stored()).toBe(before);
  });

  it('is 413 where it is larger than any callback is, and taken up to there', async () => {
    const before = await stored();
    const [start, end] = ['{"message_id":"large","status_messages":"sent","message_content":"', '"}'];
    const room = LARGEST - start.length - end.length;
    expect((await postCallback(url, start + 'x'.repeat(room + 1) + end)).status).toBe(413);
    expect(await stored()).toBe(before);
    expect(await postCallback(url, start + 'x'.repeat(room) + end)).toMatchObject(TAKEN);
    expect(await stored()).toBe(before + 1);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('is refused where it is a %s', async (method) => {
    const before = await stored();
    const { status } = await postCallback(url, callbackBody({ messageId: 'any', status: 'sent' }), { method });
    expect([404, 405]).toContain(status);
    expect(await stored()).toBe(before);
  });

  it.each(MALFORMED)('is a 4xx where no token proves it and it is %s', async (_name, body) => {
    const before = await stored();
    const { status } = await postCallback(open.callbackUrl as string, body, { token: null });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await stored()).toBe(before);
  });
});

describe('malformed callbacks with the right token', () => {
  it.each([...MALFORMED, ...STRANGE])('are stopped or refused and move nothing: %s', async (_name, body) => {
    const { id } = await submitted();
    const { status, text } = await postCallback(url, body);
    expect(status === 200 ? text : status).toSatisfy(
      (said: unknown) => said === TAKEN.text || (typeof said === 'number' && said >= 400 && said < 500),
    );
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('keep no genuine one among them from being taken and read', async () => {
    const messages = await Promise.all(Array.from({ length: 10 }, () => submitted()));
    const genuine = messages.map((message) => callbackBody({ ...message, status: 'delivered', at: clock.now() }));
    const wrong = [...MALFORMED, ...STRANGE].map(([, body]) => body);
    const mixed = Array.from({ length: Math.max(genuine.length, wrong.length) }).flatMap((_, index) =>
      [wrong[index], genuine[index]].filter((body) => body !== undefined),
    );
    const answers = await Promise.all(mixed.map(async (body) => ({ body, answer: await postCallback(url, body) })));
    for (const { body, answer } of answers) {
      if (genuine.includes(String(body))) expect(answer).toMatchObject(TAKEN);
      expect(answer.status).toBeLessThan(500);
    }
    for (const { id } of messages) await world.messageIn(id, 'DELIVERED');
    await world.quiet();
    // What cannot be understood is done with: it does not come up again and again.
    const open = await world.rows(
      `select from callbacks where due_at is not null and convert_from(body, 'SQL_ASCII') not like '%message_id%'`,
    );
    expect(open).toEqual([]);
    expect(world.gateway.lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
  });
});
