import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import {
  CALLBACK_TOKEN,
  type ConnectedAccount,
  connectExotel,
  connectMeta,
  connectWappin,
  EXOTEL_SENDER,
  ignoreWindowsAtMeta,
  META_CREDENTIALS,
  person,
  startWorld,
  viaWappin,
  type World,
} from '../support/world.js';

const LARGEST = 1024 * 1024;
type Kind = 'WAPPIN' | 'EXOTEL' | 'META';
const KINDS = ['WAPPIN', 'EXOTEL', 'META'] as const;

const clock = new ManualClock();
let world: World;
/** Of other contracts at the same providers. */
const strangers = new Map<Kind, ConnectedAccount>();
const OTHER_SECRET = 'another_app_secret';

beforeAll(async () => {
  world = await startWorld({ exotel: {}, sendtalk: {}, meta: {}, clock, callbackPlan: { statuses: [] } });
  const { call, simulator } = world;
  ignoreWindowsAtMeta(simulator);
  strangers.set('WAPPIN', await connectWappin(call, simulator.url, { credentials: { clientId: '0015' } }));
  strangers.set('EXOTEL', await connectExotel(call, simulator.url, { credentials: { accountSid: 'other1' } }));
  const other = { appSecret: OTHER_SECRET, phoneNumberId: '206540352242922', businessAccountId: '202290129340398' };
  strangers.set('META', await connectMeta(call, simulator.url, { credentials: other }));
});
afterAll(() => world.close());
// Whatever came: nothing of it was a fault of ours, and everything is read and done with, or waits for its message.
afterEach(async () => {
  await world.quiet();
  expect(world.gateway.lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
});

const own = (kind: Kind): ConnectedAccount => ({ WAPPIN: world.wappin, EXOTEL: world.exotel, META: world.meta })[kind];

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Posts these very bytes to the account's address as its provider would: with its token, or its signature. */
async function post(
  kind: Kind,
  body: string | Buffer,
  at = own(kind),
  secret = META_CREDENTIALS.appSecret,
): Promise<Answered> {
  const bytes = Buffer.from(body as string);
  const signature = createHmac('sha256', secret).update(bytes).digest('hex');
  const headers = {
    'content-type': 'application/json',
    ...(kind === 'WAPPIN' && { authorization: `Bearer ${CALLBACK_TOKEN}` }),
    ...(kind === 'META' && { 'x-hub-signature-256': `sha256=${signature}` }),
  };
  const answer = await fetch(at.callbackUrl as string, { method: 'POST', headers, body: bytes });
  return { status: answer.status, text: await answer.text() };
}
const TAKEN = { WAPPIN: '{"status":"000"}', EXOTEL: '{}', META: 'OK' };

interface Report {
  readonly reference: string;
  readonly to: string;
  /** In the provider's own words. */
  readonly word: string;
  readonly code?: number;
  readonly attemptId?: string;
}

/** A status callback as each provider writes it (their documents). `extra` stands beside the status. */
function statusBody(kind: Kind, { reference, to, word, code, attemptId }: Report, extra: object = {}): string {
  const seconds = String(Math.floor(clock.now().getTime() / 1000));
  const person = to.slice(1);
  switch (kind) {
    case 'WAPPIN':
      return JSON.stringify({
        ...{
          message_id: reference,
          client_id: '0009',
          project_id: '52',
          sender_number: person,
          callback_type: 'status',
        },
        ...{ status_messages: word, timestamp: seconds, message_content: '-', environment: 'PRODUCTION', ...extra },
      });
    case 'EXOTEL':
      return JSON.stringify({
        whatsapp: {
          messages: [
            {
              ...{ callback_type: 'dlr', sid: reference, to, exo_status_code: code, exo_detailed_status: word },
              ...{ description: 'x', timestamp: clock.now().toISOString(), custom_data: attemptId, ...extra },
            },
          ],
        },
      });
    case 'META':
      return JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [
          {
            id: META_CREDENTIALS.businessAccountId,
            changes: [
              {
                field: 'messages',
                value: {
                  messaging_product: 'whatsapp',
                  metadata: { phone_number_id: META_CREDENTIALS.phoneNumberId, display_phone_number: '6281110009999' },
                  statuses: [
                    {
                      ...{ id: reference, status: word, timestamp: seconds, recipient_id: person },
                      ...{ biz_opaque_callback_data: attemptId, ...extra },
                    },
                  ],
                },
              },
            ],
          },
        ],
      });
  }
}
const DELIVERED = {
  WAPPIN: { word: 'delivered' },
  EXOTEL: { word: 'EX_MESSAGE_DELIVERED', code: 30002 },
  META: { word: 'delivered' },
} as const;

let people = 0;
async function submitted(kind: Kind): Promise<Report & { id: string }> {
  const to = person(++people);
  const text = { to, accountId: own(kind).id, content: { text: { text: 'Halo' } } };
  const { id } = await world.send(kind === 'WAPPIN' ? viaWappin(to, { accountId: world.wappin.id }) : text);
  const { providerMessageId, attempts } = await world.answeredIn(id, 'SUBMITTED');
  return { id, to, reference: providerMessageId, attemptId: uuidOf('att', attempts[0].id) as string, word: '' };
}
const moves = async (kind: Kind): Promise<void> => {
  const message = await submitted(kind);
  expect(await post(kind, statusBody(kind, { ...message, ...DELIVERED[kind] }))).toEqual({
    ...{ status: 200, text: TAKEN[kind] },
  });
  await world.messageIn(message.id, 'DELIVERED');
};
const unread = async (kind: Kind): Promise<number> => {
  const text = await (await fetch(`${world.gateway.url}/metrics`)).text();
  return Number(
    new RegExp(`^kurir_callback_words_unread_total\\{provider="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  );
};
const stored = async (): Promise<number> => (await world.counts('callbacks'))['callbacks'] as number;
/** Kept callbacks that are to be read (again). */
const waiting = async (): Promise<number> =>
  (await world.rows('select count(*)::int as count from callbacks where due_at is not null'))[0].count;

describe.each(KINDS)('a status word that nobody knows, from %s', (kind) => {
  const strange = {
    WAPPIN: { word: 'teleported' },
    EXOTEL: { word: 'TELEPORTED', code: 39_999 },
    META: { word: 'teleported' },
  };

  it('is taken, kept and counted, and moves nothing', async () => {
    const message = await submitted(kind);
    const [before, count, open] = [await stored(), await unread(kind), await waiting()];
    const body = statusBody(kind, { ...message, ...strange[kind] });
    expect(await post(kind, body)).toEqual({ status: 200, text: TAKEN[kind] });
    await until(async () => (await unread(kind)) === count + 1);
    await world.quiet();
    expect(await stored()).toBe(before + 1);
    const [row] = await world.rows('select body, unmatched from callbacks order by id desc limit 1');
    expect((row.body as Buffer).toString()).toBe(body);
    expect(await waiting()).toBe(open);
    expect(await world.message(message.id)).toMatchObject({ status: 'SUBMITTED', problem: null });
  });

  it('keeps none that is known from being read, before it and after it', async () => {
    const message = await submitted(kind);
    for (const said of [strange[kind], DELIVERED[kind], strange[kind]])
      expect(await post(kind, statusBody(kind, { ...message, ...said }))).toMatchObject({ status: 200 });
    await world.messageIn(message.id, 'DELIVERED');
  });
});

/** A hundred thousand levels, or as much as a callback may have of them. */
const LEVELS = 100_000;
const deep = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
const BOMBS: readonly (readonly [string, () => string])[] = [
  ['a megabyte of brackets', () => '['.repeat(LARGEST)],
  ['a megabyte of brackets that close', () => '['.repeat(LARGEST / 2) + ']'.repeat(LARGEST / 2)],
  ['100,000 objects in one another', () => deep(LEVELS)],
  ['100,000 arrays in an object', () => `{"whatsapp":${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}}`],
  ['a hundred thousand names', () => `{${Array.from({ length: 60_000 }, (_, n) => `"name${n}":1`).join()}}`],
  ['a number of a million digits', () => `{"message_id":${'9'.repeat(LARGEST - 20)}}`],
];

describe.each(KINDS)('a bomb at the address of %s', (kind) => {
  it.each(BOMBS)('does no harm, though its proof is right: %s', async (_name, bomb) => {
    const began = performance.now();
    const { status } = await post(kind, bomb());
    expect(status === 200 || (status >= 400 && status < 500)).toBe(true);
    await world.quiet();
    await moves(kind);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('does no harm within a status that is genuine, and the status counts', async () => {
    const message = await submitted(kind);
    const plain = statusBody(kind, { ...message, ...DELIVERED[kind] }, { strange: 'HERE' });
    expect(await post(kind, plain.replace('"HERE"', deep(LEVELS)))).toMatchObject({ status: 200 });
    await world.messageIn(message.id, 'DELIVERED');
    await moves(kind);
  });

  it('does no harm as the content of what a person wrote', async () => {
    const inbound = {
      WAPPIN: `{"message_id":"deep-1","callback_type":"message","sender_number":"6287820000001","timestamp":"1772355600","message_content":HERE}`,
      EXOTEL: `{"whatsapp":{"messages":[{"callback_type":"icm","sid":"deep-1","from":"+6287820000001","to":"${EXOTEL_SENDER}","content":HERE}]}}`,
      META: `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"${META_CREDENTIALS.phoneNumberId}"},"messages":[{"id":"deep-1","from":"6287820000001","timestamp":"1772355600","type":"strange","strange":HERE}]}}]}]}`,
    }[kind];
    expect(await post(kind, inbound.replace('HERE', deep(LEVELS)))).toMatchObject({ status: 200 });
    await world.quiet();
    await moves(kind);
  });
});

describe('a bomb at an address where nobody listens', () => {
  it('is 404, as everything is there', async () => {
    for (const topic of ['webhook', 'status', 'callback', 'verification', 'payment/qris']) {
      const url = `${world.gateway.url}/callbacks/${'x'.repeat(32)}/${topic}`;
      const answer = await fetch(url, { method: 'POST', body: '['.repeat(LARGEST) });
      expect(answer.status).toBe(404);
    }
  });
});

describe.each(KINDS)('a callback for a message of an account with other credentials, at %s', (kind) => {
  const stranger = (): ConnectedAccount => strangers.get(kind) as ConnectedAccount;

  it('moves nothing, whatever it knows of the message', async () => {
    const message = await submitted(kind);
    const body = statusBody(kind, { ...message, ...DELIVERED[kind] });
    expect(await post(kind, body, stranger(), OTHER_SECRET)).toMatchObject({ status: 200 });
    await world.quiet();
    await world.pass(2_000, 100);
    expect(await world.message(message.id)).toMatchObject({ status: 'SUBMITTED', deliveredAt: null });
    // Its own account's is another matter.
    expect(await post(kind, body)).toMatchObject({ status: 200 });
    await world.messageIn(message.id, 'DELIVERED');
  });

  it('settles none that is UNCONFIRMED', async () => {
    world.simulator.configure({ faults: [{ kind, next: 1, behaviour: { line: 'dropped' } }] });
    const to = person(++people);
    const text = { to, accountId: own(kind).id, content: { text: { text: 'Halo' } } };
    const { id } = await world.send(kind === 'WAPPIN' ? viaWappin(to, { accountId: world.wappin.id }) : text);
    const { attempts } = await world.answeredIn(id, 'UNCONFIRMED');
    const attemptId = uuidOf('att', attempts[0].id) as string;
    const body = statusBody(kind, { to, attemptId, reference: `of-${id}`, ...DELIVERED[kind] });
    expect(await post(kind, body, stranger(), OTHER_SECRET)).toMatchObject({ status: 200 });
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'UNCONFIRMED', providerMessageId: null });
    expect(await post(kind, body)).toMatchObject({ status: 200 });
    expect(await world.messageIn(id, 'DELIVERED')).toMatchObject({ providerMessageId: `of-${id}` });
  });
});

describe('one byte changed', () => {
  it('makes Meta’s signature wrong: 401, and nothing is stored', async () => {
    const message = await submitted('META');
    const body = Buffer.from(statusBody('META', { ...message, ...DELIVERED.META }));
    const signature = createHmac('sha256', META_CREDENTIALS.appSecret).update(body).digest('hex');
    const before = await stored();
    for (const [at, sign] of [
      [body.length >> 1, `sha256=${signature}`],
      [-1, `sha256=${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`],
      [-1, `sha1=${signature}`],
      [-1, signature],
      [-1, ''],
    ] as const) {
      const changed = Buffer.from(body);
      if (at >= 0) changed[at] = (changed[at] as number) ^ 1;
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': sign };
      const answer = await fetch(world.meta.callbackUrl as string, { method: 'POST', headers, body: changed });
      expect(answer.status).toBe(401);
    }
    expect(await post('META', body, world.meta, OTHER_SECRET)).toMatchObject({ status: 401 });
    expect(await stored()).toBe(before);
    await world.quiet();
    expect(await world.message(message.id)).toMatchObject({ status: 'SUBMITTED' });
  });
});
