import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dokuDigest, dokuSignature } from './doku-signature.js';
import { type DokuRequest, type HttpAnswer, postAsDokuClient } from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';

const SUBMITTED = { status: 'submitted', messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string };
const errorOf = (code: string) => ({ error: { code, message: expect.any(String) as string, type: code } });

const bodyTo = (destinationPhone: string, params = ['value 1', 'value 2', 'value 3']): string =>
  JSON.stringify({ templateId: 'TMP-240223-07652', params, destinationPhone });

describe('DOKU PAYCHAT', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let at: number;
  let ids = 0;

  beforeEach(async () => {
    at = Date.parse('2024-05-31T16:08:37.171Z');
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date(at), timers });
  });
  afterEach(() => simulator.stop());

  const send = (body: string, more: Partial<DokuRequest> = {}): Promise<HttpAnswer> =>
    postAsDokuClient(simulator.url, { body, requestId: `request-${++ids}`, ...more });

  it('takes the request of vector P1 as it is printed', async () => {
    const answer = await postAsDokuClient(simulator.url, {
      body: bodyTo('6287823678023'),
      requestId: '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11',
      headers: { Signature: 'HMACSHA256=QD21gVpdlrWYoBr/y3NuVW7Tg9nBbaiLKsQEMN9HaJs=' },
    });
    expect(answer).toMatchObject({ status: 200, body: SUBMITTED });
    expect(simulator.ledger.messages()).toMatchObject([
      {
        recipient: '6287823678023',
        template: 'TMP-240223-07652',
        params: ['value 1', 'value 2', 'value 3'],
        repeats: 0,
      },
    ]);
  });

  it('takes an ISO 8601 timestamp, and a number in local form or with a plus', async () => {
    expect(await send(bodyTo('087823678023'), { timestamp: '2024-05-31T16:08:37Z' })).toMatchObject({ status: 200 });
    expect(await send(bodyTo('+6287823678023'))).toMatchObject({ status: 200 });
    expect(simulator.ledger.messages({ recipient: '6287823678023' })).toHaveLength(2);
  });

  it.each([
    ['Client-Id', 400, 'invalid_header_request', { 'Client-Id': undefined }],
    ['Request-Id', 400, 'invalid_header_request', { 'Request-Id': undefined }],
    ['Request-Timestamp', 400, 'invalid_header_request', { 'Request-Timestamp': undefined }],
    ['Content-Type', 400, 'invalid_header_request', { 'Content-Type': 'text/plain' }],
    ['Signature', 401, 'invalid_signature', { Signature: undefined }],
  ])('refuses a request without its %s', async (_name, status, code, headers) => {
    expect(await send(bodyTo('6287823678023'), { headers })).toMatchObject({ status, body: errorOf(code) });
    expect(simulator.ledger.counts()).toMatchObject({ accepted: 0, refused: { [code]: 1 } });
  });

  it('refuses a body that is not the one that was signed', async () => {
    const parts = {
      clientId: 'BRN-0001-1700000000000',
      requestId: 'r',
      timestamp: '1717171717171',
      target: '/message-as-a-service/v1/whatsapp/messages',
      digest: dokuDigest(Buffer.from(bodyTo('6287823678024'))),
    };
    const Signature = dokuSignature(parts, 'SK-PaychatTestSecret01');
    const answer = await send(bodyTo('6287823678023'), { requestId: 'r', headers: { Signature } });
    expect(answer).toMatchObject({ status: 401, body: errorOf('invalid_signature') });
  });

  it.each([
    ['a Client-Id that nobody knows', { clientId: 'BRN-0' }, 401, 'invalid_client_id'],
    ['the key of another account', { secretKey: 'SK-other' }, 401, 'invalid_signature'],
    ['a Request-Id of 129 characters', { requestId: 'x'.repeat(129) }, 400, 'invalid_header_request'],
    ['a timestamp in seconds', { timestamp: '1717171717' }, 400, 'invalid_header_request'],
  ])('refuses %s', async (_what, more, status, code) => {
    expect(await send(bodyTo('6287823678023'), more)).toMatchObject({ status, body: errorOf(code) });
  });

  it.each([
    ['no JSON', '{', 400, 'invalid_parameter'],
    ['nothing at all', '{}', 400, 'invalid_parameter'],
    ['a value that is a number', bodyTo('6287823678023', [1 as unknown as string, 'b', 'c']), 400, 'invalid_parameter'],
    ['a number with blanks', bodyTo('0878 2367 8023'), 400, 'invalid_parameter'],
    ['a number of 21 digits', bodyTo('6'.repeat(21)), 400, 'invalid_parameter'],
    ['two values for three', bodyTo('6287823678023', ['a', 'b']), 400, 'invalid_params'],
    ['an unknown template', bodyTo('6287823678023').replace('07652', '00000'), 404, 'template_not_found'],
  ])('refuses %s', async (_what, body, status, code) => {
    expect(await send(body)).toMatchObject({ status, body: errorOf(code) });
  });

  it('checks a timestamp against the clock only where the account says so', async () => {
    const account = { kind: 'DOKU', clientId: 'C', secretKey: 'S', maxSkewMs: 60_000 } as const;
    simulator.configure({ accounts: [account] });
    const now = String(at);
    expect(await send(bodyTo('6287823678023'), { ...account, timestamp: now })).toMatchObject({ status: 200 });
    at += 60_001;
    expect(await send(bodyTo('6287823678023'), { ...account, timestamp: now })).toMatchObject({ status: 401 });
  });

  describe('under a Request-Id that was used before', () => {
    it('gives the first answer again with 409, and sends nothing', async () => {
      const first = await send(bodyTo('6287823678023'), { requestId: 'same' });
      const second = await send(bodyTo('6287823678023'), { requestId: 'same', timestamp: '1717171719999' });
      expect(second.status).toBe(409);
      expect(second.body).toEqual(first.body);
      expect(simulator.ledger.counts()).toMatchObject({ requests: 2, accepted: 1, repeated: 1, doubles: 0 });
      expect(simulator.ledger.messages()).toMatchObject([{ requestId: 'same', repeats: 1 }]);
    });

    it('gives a refusal again with 409', async () => {
      await send(bodyTo('6287823678023', []), { requestId: 'same' });
      const second = await send(bodyTo('6287823678023', []), { requestId: 'same' });
      expect(second).toMatchObject({ status: 409, body: errorOf('invalid_params') });
    });

    it('refuses another body', async () => {
      await send(bodyTo('6287823678023'), { requestId: 'same' });
      const second = await send(bodyTo('6287823678024'), { requestId: 'same' });
      expect(second).toMatchObject({ status: 400, body: errorOf('invalid_request_id') });
      expect(simulator.ledger.counts().accepted).toBe(1);
    });

    it('knows nothing of another client’s', async () => {
      simulator.configure({ accounts: [{ kind: 'DOKU', clientId: 'C', secretKey: 'S' }] });
      await send(bodyTo('6287823678023'), { requestId: 'same' });
      const other = await send(bodyTo('6287823678023'), { requestId: 'same', clientId: 'C', secretKey: 'S' });
      expect(other).toMatchObject({ status: 200, body: SUBMITTED });
    });

    it('tries anew after a signature that was wrong', async () => {
      await send(bodyTo('6287823678023'), { requestId: 'same', secretKey: 'wrong' });
      expect(await send(bodyTo('6287823678023'), { requestId: 'same' })).toMatchObject({
        status: 200,
        body: SUBMITTED,
      });
    });
  });

  it('counts the same message under two Request-Ids as a double', async () => {
    await send(bodyTo('6287823678023'));
    await send(bodyTo('6287823678023'));
    expect(simulator.ledger.counts()).toMatchObject({ accepted: 2, repeated: 0, doubles: 1 });
  });

  it('takes 100 requests in any minute, the window sliding, and answers 429 to the next', async () => {
    for (let n = 0; n < 50; n++) await send(bodyTo('6287823678023', [String(n), '', '']));
    at += 30_000;
    for (let n = 50; n < 100; n++) await send(bodyTo('6287823678023', [String(n), '', '']));
    expect(await send(bodyTo('6287823678023'))).toMatchObject({ status: 429, body: errorOf('too_many_requests') });
    at += 29_999;
    expect(await send(bodyTo('6287823678023'))).toMatchObject({ status: 429 });
    at += 1;
    for (let n = 100; n < 150; n++) {
      expect(await send(bodyTo('6287823678023', [String(n), '', '']))).toMatchObject({ status: 200 });
    }
    expect(await send(bodyTo('6287823678023'))).toMatchObject({ status: 429 });
    expect(simulator.ledger.counts()).toMatchObject({
      accepted: 150,
      refused: { too_many_requests: 3 },
      maxPerMinute: 103,
    });
  });

  it('gives each client a limit of its own, or none', async () => {
    simulator.configure({ accounts: [{ kind: 'DOKU', clientId: 'C', secretKey: 'S', requestsPerMinute: null }] });
    for (let n = 0; n < 101; n++) {
      expect(await send(bodyTo('6287823678023'), { clientId: 'C', secretKey: 'S' })).toMatchObject({ status: 200 });
    }
    expect(simulator.ledger.counts({ clientId: 'C' }).maxPerMinute).toBe(101);
    expect(simulator.ledger.counts({ clientId: 'BRN-0001-1700000000000' }).maxPerMinute).toBe(0);
  });

  it('signs its answers where the account says so', async () => {
    simulator.configure({ accounts: [{ kind: 'DOKU', clientId: 'C', secretKey: 'S', signAnswers: true }] });
    const { headers, body } = await send(bodyTo('6287823678023'), { requestId: 'r', clientId: 'C', secretKey: 'S' });
    expect(headers.get('response-timestamp')).toBe('2024-05-31T16:08:37Z');
    const parts = {
      clientId: 'C',
      requestId: 'r',
      timestamp: '2024-05-31T16:08:37Z',
      target: '/message-as-a-service/v1/whatsapp/messages',
      digest: dokuDigest(Buffer.from(JSON.stringify(body))),
    };
    expect(headers.get('signature')).toBe(dokuSignature(parts, 'S', 'Response-Timestamp'));
  });

  describe('to a magic recipient', () => {
    it.each([
      ['400', 400, 'invalid_parameter'],
      ['401', 401, 'invalid_signature'],
      ['403', 403, 'invalid_client_id'],
      ['404', 404, 'template_not_found'],
      ['409', 409, 'internal_server_error'],
      ['422', 400, 'invalid_params'],
      ['429', 429, 'too_many_requests'],
      ['500', 500, 'internal_server_error'],
      ['510', 500, 'internal_server_error'],
    ])('…%s answers %i %s', async (digits, status, code) => {
      expect(await send(bodyTo(`6281200000${digits}`))).toMatchObject({ status, body: errorOf(code) });
      expect(simulator.ledger.counts().accepted).toBe(0);
    });

    it.each([
      ['502', 502, 0],
      ['503', 503, 0],
      ['504', 504, 0],
      ['514', 504, 1],
      ['520', 500, 1],
      ['905', 200, 1],
    ])('…%s answers %i without JSON and sends %i', async (digits, status, accepted) => {
      const answer = await send(bodyTo(`6281200000${digits}`));
      expect(answer.status).toBe(status);
      expect(answer.body).toContain('<html>');
      expect(simulator.ledger.counts().accepted).toBe(accepted);
    });

    it.each([
      ['902', 1],
      ['903', 0],
      ['904', 1],
      ['908', 1],
    ])('…%s loses the answer and sends %i', async (digits, accepted) => {
      await expect(send(bodyTo(`6281200000${digits}`))).rejects.toThrow();
      expect(simulator.ledger.counts()).toMatchObject({ requests: 1, accepted });
    });

    it('…902 tells a repeat the id of the message that went out', async () => {
      await expect(send(bodyTo('6281200000902'), { requestId: 'same' })).rejects.toThrow();
      const repeat = await send(bodyTo('6281200000902'), { requestId: 'same' });
      const [message] = simulator.ledger.messages();
      expect(repeat).toMatchObject({ status: 409, body: { messageId: message!.messageId } });
    });

    it('…908 loses the answer to a repeat as well', async () => {
      await expect(send(bodyTo('6281200000908'), { requestId: 'same' })).rejects.toThrow();
      await expect(send(bodyTo('6281200000908'), { requestId: 'same' })).rejects.toThrow();
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 1, repeated: 1 });
    });

    it('…906 answers neither an error nor an id', async () => {
      expect((await send(bodyTo('6281200000906'))).body).toEqual({ status: 'submitted' });
    });

    it.each([
      ['900', 3_000],
      ['901', 20_000],
    ])('…%s answers after %i ms', async (digits, ms) => {
      const answer = send(bodyTo(`6281200000${digits}`));
      expect(await timers.next()).toBe(ms);
      expect(await answer).toMatchObject({ status: 200, body: SUBMITTED });
    });

    it('…409 uses up the Request-Id: with another one the first-try number is taken', async () => {
      const body = bodyTo('6281200001409');
      expect((await send(body, { requestId: 'first' })).status).toBe(409);
      expect(await send(body, { requestId: 'first' })).toMatchObject({
        status: 409,
        body: errorOf('internal_server_error'),
      });
      expect(await send(body, { requestId: 'second' })).toMatchObject({ status: 200, body: SUBMITTED });
    });

    it('…1500 fails on the first try of each message and takes the next under the same Request-Id', async () => {
      for (const params of [
        ['a', 'a', 'a'],
        ['b', 'b', 'b'],
      ]) {
        const body = bodyTo('6281200001500', params);
        expect((await send(body, { requestId: `id ${params[0]}` })).status).toBe(500);
        expect(await send(body, { requestId: `id ${params[0]}` })).toMatchObject({ status: 200, body: SUBMITTED });
      }
    });
  });
});
