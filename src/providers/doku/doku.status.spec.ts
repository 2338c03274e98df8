import { describe, expect, it } from 'vitest';
import { CLIENT_ID, SECRET, VIRTUAL_ACCOUNT_PAID, connect, said } from '../../../test/contract/doku.support.js';
import { type HttpRequest, type HttpResult } from '../../http/http.js';
import { sign } from './doku.signature.js';

const INVOICE = 'INV-20240531-0001';
const REQUEST_ID = 'fdb69f47-96da-499d-acec-7cdc318ab2fe';

async function inquired(result: HttpResult, referenceId = INVOICE) {
  const asked: HttpRequest[] = [];
  const ask = { referenceId, requestId: REQUEST_ID, configuration: null };
  const answer = await connect({}, { asked, result }).payments!.status(ask, AbortSignal.timeout(1_000));
  return { answer, request: asked[0]! };
}

const known = JSON.parse(VIRTUAL_ACCOUNT_PAID);
const error = (code: string) => ({ error: { code, message: 'its words', type: code } });

describe('Check Status', () => {
  it('is signed as vector N2, without a Digest', () => {
    const [requestId, timestamp] = ['d895fb53-479c-4f77-a76a-ab81b40d77cb', '2024-05-31T16:10:00Z'];
    const target = `/orders/v1/status/${INVOICE}`;
    expect(sign({ clientId: CLIENT_ID, requestId, timestamp, target, body: null }, SECRET)).toBe(
      'HMACSHA256=5QYB1PYMkspMqSRqvmdv0QpqlWE9kaUojeJzlWLxTzY=',
    );
  });

  it.each([
    ['INV-1', '/orders/v1/status/INV-1'],
    ['INV/1 é', '/orders/v1/status/INV%2F1%20%C3%A9'],
    ['...', '/orders/v1/status/...'],
    ['.', `/orders/v1/status/${REQUEST_ID}`],
    ['..', `/orders/v1/status/${REQUEST_ID}`],
  ])('of %j asks for the path %s, and signs it', async (referenceId, target) => {
    const { request } = await inquired(said({}), referenceId);
    expect([request.method, request.url, request.body]).toEqual([
      'GET',
      `https://api-sandbox.doku.com${target}`,
      undefined,
    ]);
    expect(new URL(request.url).pathname).toBe(target);
    const { 'Request-Id': requestId = '', 'Request-Timestamp': timestamp = '', Signature } = request.headers;
    expect(timestamp).toBe('2024-05-31T16:12:04Z');
    expect(Signature).toBe(sign({ clientId: CLIENT_ID, requestId, timestamp, target, body: null }, SECRET));
  });

  it('has a Request-Id of its own for every question', async () => {
    const [first, second] = [await inquired(said({})), await inquired(said({}))];
    expect(first.request.headers['Request-Id']).not.toBe(second.request.headers['Request-Id']);
  });

  it('tells of the transaction what a notice does, and proves nothing', async () => {
    const { answer } = await inquired(said(known));
    expect(answer).toEqual({
      outcome: 'answered',
      reports: [
        {
          kind: 'payment',
          mailbox: null,
          of: 'order',
          reference: INVOICE,
          orderReference: null,
          status: 'PAID',
          amount: { value: '150000', currency: 'IDR', written: '150000' },
          transactionId: '6769200',
          transactionUnnamed: true,
          paidWith: 'VIRTUAL_ACCOUNT_BCA',
          occurredAt: new Date('2024-05-31T16:12:03Z'),
          failure: null,
          proven: null,
        },
      ],
    });
  });

  it.each([
    ['PENDING', 'PENDING'],
    ['REDIRECT', 'PENDING'],
    ['TIMEOUT', 'PENDING'],
    ['FAILED', 'FAILED'],
    ['SUCCESS', 'PAID'],
    ['EXPIRED', 'EXPIRED'],
    ['REFUNDED', 'REFUNDED'],
  ])('tells of a transaction that is %s: %s', async (word, status) => {
    const { answer } = await inquired(said({ ...known, transaction: { ...known.transaction, status: word } }));
    expect(answer).toMatchObject({ reports: [{ status }] });
  });

  it('tells that an order expired before anybody chose how to pay it', async () => {
    const order = { invoice_number: INVOICE, amount: 150000, status: 'ORDER_EXPIRED' };
    const { answer } = await inquired(said({ order }));
    expect(answer).toMatchObject({
      reports: [{ status: 'EXPIRED', amount: { value: '150000' }, transactionId: null, transactionUnnamed: false }],
    });
  });

  it.each([
    ['an order that nobody has begun to pay', said({ order: { invoice_number: INVOICE, status: 'ORDER_GENERATED' } })],
    ['another order', said({ ...known, order: { ...known.order, invoice_number: 'INV-2' } })],
    ['an order that it does not name', said({ ...known, order: { amount: 150000 } })],
    ['a word that nobody knows', said({ ...known, transaction: { status: 'TELEPORTED' } })],
    ['what it does not know, by HTTP 404', said('', 404)],
    ['what it does not know, by its code', said(error('transaction_not_found'), 500)],
    ['what it does not know, by its words', said({ error_messages: ['Order not found'] })],
  ])('tells nothing of %s', async (_what, result) => {
    expect((await inquired(result)).answer).toEqual({ outcome: 'answered', reports: [] });
  });

  it('fails for good on a question that it refuses in words of its own', async () => {
    expect((await inquired(said(error('E77'), 400))).answer).toMatchObject({
      ...{ outcome: 'failed', retryable: false, failure: { code: 'PROVIDER_REJECTED', providerCode: 'E77' } },
    });
  });

  it.each([
    [said(error('invalid_signature'), 400)],
    [said('', 401)],
    [said({ error: { code: 'invalid_client_id', message: 'client not found' } }, 404)],
  ])('fails for good on refused credentials: %#', async (result) => {
    expect((await inquired(result)).answer).toMatchObject({
      ...{ outcome: 'failed', retryable: false, failure: { code: 'PROVIDER_AUTH_FAILED' } },
    });
  });

  it.each<[string, HttpResult]>([
    ['429', said('', 429)],
    ['503', said('', 503)],
    ['500', said(known, 500)],
    ['an answer that cannot be read', said('<html>Welcome</html>')],
    ['an answer about nothing', said('{}')],
    ['a line that broke', { kind: 'broken', reason: 'so' }],
    ['nobody there', { kind: 'unreachable', reason: 'so' }],
  ])('may be asked another time after %s', async (_what, result) => {
    expect((await inquired(result)).answer).toMatchObject({
      ...{ outcome: 'failed', retryable: true, failure: { code: 'PROVIDER_UNAVAILABLE' } },
    });
  });
});
