import { describe, expect, it } from 'vitest';
import { basicAuthorization } from '../../common/http-text.js';
import { type Http, type HttpRequest, type HttpResult } from '../../http/http.js';
import { type Outbound } from '../ports/messaging.js';
import { type Account, type Provider } from '../ports/provider.js';
import { exotel } from './exotel.provider.js';
import { type ExotelRequest } from './exotel.wire.js';

const TOKEN = 'token456';
const BASIC = 'a2V5MTIzOnRva2VuNDU2';
const CALLBACKS = 'https://kurir.example/callbacks/unguessable-key';
const NOW = new Date('2024-05-31T16:08:37.171Z');

describe('the request', () => {
  it('has the documented Basic header', () => {
    expect(basicAuthorization('key123', TOKEN)).toBe(`Basic ${BASIC}`);
  });

  it('goes to the account in JSON, with its credentials in the header and not in the URL', async () => {
    const { asked } = await sent([message(1)]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.exotel.com/v2/accounts/kurir1/messages',
      headers: { Authorization: `Basic ${BASIC}`, 'Content-Type': 'application/json' },
      line: account.id,
    });
  });

  it('goes to the other region where the account says so', async () => {
    const { asked } = await sent([message(1)], { baseUrl: 'https://api.in.exotel.com' });
    expect(asked[0]?.url).toBe('https://api.in.exotel.com/v2/accounts/kurir1/messages');
  });

  it('has the attempt above the message and beside it, and where to call back', async () => {
    const { body } = await sent([message(1)]);
    expect(body).toEqual({
      custom_data: attempt(1),
      status_callback: `${CALLBACKS}/status`,
      whatsapp: {
        messages: [
          {
            from: '+918041234567',
            to: '+918645550001',
            custom_data: attempt(1),
            content: { recipient_type: 'individual', type: 'text', text: { body: 'Halo 1' } },
          },
        ],
      },
    });
  });

  it('carries 100 messages at once, each with its own attempt, under that of the first', async () => {
    const { asked, body } = await sent(numbers(100).map((number) => message(number)));
    expect(asked).toHaveLength(1);
    expect(body.custom_data).toBe(attempt(1));
    expect(body.whatsapp.messages.map((each) => each.custom_data)).toEqual(numbers(100).map(attempt));
    expect(body.whatsapp.messages.at(-1)).toMatchObject({ to: '+918645550100', custom_data: attempt(100) });
  });

  it('is none where there is nothing to send', async () => {
    const asked: HttpRequest[] = [];
    expect(await connect(asked, answer([])).messaging!.send([], signal())).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe('the exchange', () => {
  const three = [message(1), message(2), message(3)];

  it('of each attempt has its own message and its own answer, and those of no other', async () => {
    const { outcomes } = await sent(three, {}, answer(['sid-1', 'sid-2', 'sid-3']));
    const second = outcomes[1]?.exchange;
    expect(JSON.parse(second!.request.body)).toMatchObject({
      custom_data: attempt(1),
      whatsapp: { messages: [{ to: '+918645550002', content: { text: { body: 'Halo 2' } } }] },
    });
    expect(second?.request.body).not.toContain('Halo 1');
    expect(JSON.parse(second!.response!.body)).toMatchObject({
      http_code: 202,
      metadata: { total: 3 },
      response: { whatsapp: { messages: [{ data: { sid: 'sid-2' } }] } },
    });
    expect(second?.response?.body).not.toContain('sid-1');
  });

  it('has the answer as it was written where there was one message, or none was read', async () => {
    const alone = answer(['sid-1']);
    expect((await sent([message(1)], {}, alone)).outcomes[0]?.exchange?.response?.body).toBe(
      alone.kind === 'answer' ? alone.body.toString() : '',
    );
    const { outcomes } = await sent(three, {}, said(500, '<html>'));
    expect(outcomes.map((each) => each.exchange?.response?.body)).toEqual(['<html>', '<html>', '<html>']);
  });

  it('shows neither the token nor the address of the callbacks, also when they are echoed', async () => {
    const echo = `{"was":"https://key123:${TOKEN}@api.exotel.com","basic":"${BASIC}","to":"${CALLBACKS}/status"}`;
    for (const batch of [[message(1)], three]) {
      const { outcomes } = await sent(batch, {}, { ...said(400, echo), headers: { 'x-echo': `Basic ${BASIC}` } });
      const kept = JSON.stringify(outcomes);
      for (const secret of [TOKEN, BASIC, 'unguessable-key']) expect(kept).not.toContain(secret);
      expect(outcomes[0]?.exchange?.request.headers['Authorization']).toBe('Basic ***');
    }
  });

  it('of a batch is kept, however deep the answer is', async () => {
    const deep = `{"response":{"whatsapp":{"messages":[${'['.repeat(50_000)}${']'.repeat(50_000)}]}}}`;
    const { outcomes } = await sent(three, {}, said(202, deep));
    expect(outcomes.map((each) => each.outcome)).toEqual(['uncertain', 'uncertain', 'uncertain']);
    expect(outcomes[0]?.exchange?.response?.body).toHaveLength(4096);
  });
});

describe('the account', () => {
  const kurir = { accountSid: 'kurir1', apiKey: 'key123', apiToken: TOKEN };

  it.each([
    ['accountSid', 'kurir1', true],
    ['accountSid', 'kurir_1.test-2', true],
    ['accountSid', '..', false],
    ['accountSid', 'kurir1/messages?x=', false],
    ['accountSid', '', false],
    ['apiKey', 'key:123', false],
    ['apiKey', 'key 123', false],
    ['apiToken', 'a:b', true],
    ['apiToken', 'a\r\nX: y', false],
  ])('takes for %s the value %j: %s', (name, value, good) => {
    const field = exotel.credentials.find((each) => each.name === name);
    expect(field?.check?.(value) === undefined).toBe(good);
  });

  it('keeps its token secret and needs the number that it sends from', () => {
    expect(exotel.credentials.filter((field) => field.secret).map((field) => field.name)).toEqual(['apiToken']);
    expect(exotel.needsSender).toBe(true);
  });

  it('could do the same with no credentials at all', () => {
    const bare = exotel.connect(
      { ...account, credentials: {}, sender: null, callbackBase: '' },
      { http: answering([], answer([])), now: () => NOW },
    );
    expect(bare.messaging?.carries).toEqual(
      new Set(['template', 'text', 'media', 'interactive', 'order', 'orderStatus']),
    );
    expect(bare.callbacks).toMatchObject({ family: null, mailbox: null, deliveryReports: true, inbound: true });
  });

  it('is of one family with those of its sid, and told apart by its number', () => {
    expect(connect([], answer([])).callbacks).toMatchObject({ family: kurir.accountSid, mailbox: '+918041234567' });
  });

  it.each([
    [400, 'accepted', undefined],
    [202, 'accepted', undefined],
    [401, 'refused', 'PROVIDER_AUTH_FAILED'],
    [403, 'refused', 'PROVIDER_AUTH_FAILED'],
    [402, 'refused', 'INSUFFICIENT_BALANCE'],
    [404, 'refused', 'PROVIDER_REJECTED'],
    [429, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [503, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [500, 'uncertain', 'PROVIDER_UNAVAILABLE'],
  ])('is tested by a request without messages: HTTP %i makes it %s', async (status, outcome, code) => {
    const asked: HttpRequest[] = [];
    const tested = await connect(asked, said(status, '')).test(signal());
    expect(tested).toMatchObject({ outcome, ...(code ? { failure: { code } } : { reference: null }) });
    expect(JSON.parse(String(asked[0]?.body))).toEqual({ whatsapp: { messages: [] } });
    expect(JSON.stringify(tested)).not.toContain(BASIC);
  });
});

const account: Account = {
  id: '0190b5a0-0000-7000-8000-000000000002',
  kind: 'EXOTEL',
  environment: 'PRODUCTION',
  baseUrl: exotel.baseUrls.PRODUCTION,
  credentials: { accountSid: 'kurir1', apiKey: 'key123', apiToken: TOKEN },
  sender: '+918041234567',
  callbackBase: CALLBACKS,
};

function message(number: number): Outbound {
  return {
    attemptId: attempt(number),
    requestKey: attempt(number),
    to: `+918645550${String(number).padStart(3, '0')}`,
    urgent: false,
    quotes: null,
    content: { kind: 'text', text: `Halo ${number}` },
  };
}

function attempt(number: number): string {
  return `0190b5a0-0000-7000-8000-000000001${String(number).padStart(3, '0')}`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place + 1);
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

function said(status: number, body: string): Extract<HttpResult, { kind: 'answer' }> {
  return { kind: 'answer', status, headers: {}, body: Buffer.from(body) };
}

function answer(sids: readonly string[]): HttpResult {
  const messages = sids.map((sid) => ({ code: 202, error_data: null, status: 'success', data: { sid } }));
  const metadata = { failed: 0, total: sids.length, success: sids.length };
  return said(
    202,
    JSON.stringify({ request_id: 'b434', http_code: 202, metadata, response: { whatsapp: { messages } } }),
  );
}

function answering(asked: HttpRequest[], result: HttpResult): Http {
  return {
    request: async (request) => {
      asked.push(request);
      return result;
    },
  };
}

function connect(asked: HttpRequest[], result: HttpResult, more: Partial<Account> = {}): Provider {
  return exotel.connect({ ...account, ...more }, { http: answering(asked, result), now: () => NOW });
}

async function sent(batch: readonly Outbound[], more: Partial<Account> = {}, result: HttpResult = answer(['sid-1'])) {
  const asked: HttpRequest[] = [];
  const outcomes = await connect(asked, result, more).messaging!.send(batch, signal());
  return { asked, outcomes, body: JSON.parse(String(asked[0]?.body)) as ExotelRequest };
}
