/** The data of an event has at most 16 KiB as JSON (interface.md, The log): here where a stranger has most to say in it. */
import { expect, it } from 'vitest';
import { storable } from '../../src/common/http-text.js';
import { asRows } from '../../src/events/event-log.js';
import { type NewEvent } from '../../src/events/event-types.js';
import { readSend, type Send, type SendInput } from '../../src/messages/planning/send-input.js';
import { messageEvent } from '../../src/messages/message-row.js';
import { withoutSecrets } from '../../src/messages/secret-values.js';
import { toProblem } from '../../src/messages/state/message.failure.js';
import { type Payment, paymentEvent } from '../../src/payments/payment-row.js';
import { problemOf } from '../../src/providers/accounts.service.js';
import { type Failure } from '../../src/providers/ports/outcome.js';
import { endpointEvent, type WebhookEndpoint } from '../../src/webhooks/endpoint-store.js';
import { NOON, queuedMessage } from '../support/messages.js';

/** Six bytes of JSON. */
const COSTLY = '\u0001';
/** Three bytes for one character of an id, which has no control characters. */
const COSTLY_ID = '漢'.repeat(255);
const SENTENCE = 'The provider refused it; its own code and words are beside. '.repeat(4);

/** A provider, or who stands in its place, that answers as much as is kept of it. */
const FAILURE: Failure = {
  ...{ code: 'PROVIDER_REJECTED', message: SENTENCE },
  ...{ providerCode: storable(COSTLY.repeat(5_000)), providerMessage: storable(COSTLY.repeat(5_000)) },
};

/** The same of a message with secret values, each of them a single character. */
const MASKED = withoutSecrets(
  { outcome: 'refused', failure: { ...FAILURE, providerMessage: storable('e'.repeat(5_000)) } },
  [...new Set(SENTENCE), '*'],
) as { readonly failure: Failure };

const bytesOf = (event: NewEvent): number => {
  const [row] = JSON.parse(asRows([event])) as [{ data: object }];
  return Buffer.byteLength(JSON.stringify(row.data));
};

it.each([
  ['talks without end', FAILURE],
  ['repeats secret values, masked', MASKED.failure],
])('a message that failed, with all the metadata that there may be and a provider that %s', (_how, failure) => {
  const input: SendInput = {
    ...{ to: '+6287823678023', content: { text: { text: 'Hi' } }, resendUnconfirmed: false },
    ...{ reference: COSTLY.repeat(128), metadata: { note: 'x'.repeat(2_048 - '{"note":""}'.length) } },
  };
  const { reference, metadata } = readSend(input, { projectId: '', country: 'ID' }) as Send;
  const message = queuedMessage({
    ...{ status: 'FAILED', problem: toProblem('WAPPIN', failure, false) },
    ...{ reference, metadata, providerMessageId: COSTLY_ID, recipientId: COSTLY_ID },
  });
  const event = messageEvent(message, { kind: 'WAPPIN', sender: '+628111111111' }, NOON, NOON);
  expect(bytesOf(event)).toBeLessThanOrEqual(16 * 1024);
});

it('a payment that failed, at a rail that talks without end', () => {
  const payment = {
    ...{ projectId: '', id: queuedMessage().id, referenceId: 'x'.repeat(35), status: 'FAILED', orderStatus: 'PENDING' },
    ...{
      total: '9007199254740991',
      currency: 'INR',
      transactionId: COSTLY_ID,
      paidWith: COSTLY.repeat(255),
      sequence: 0,
    },
    problem: problemOf({ kind: 'DOKU' }, FAILURE),
  } as Payment;
  expect(bytesOf(paymentEvent(payment, 'PAYMENT_FAILED', NOON, NOON))).toBeLessThanOrEqual(16 * 1024);
});

it('an endpoint with the longest address, and the costliest', () => {
  const url = `https://shop.example/${COSTLY.repeat(2_048 - 'https://shop.example/'.length)}`;
  expect(URL.canParse(url)).toBe(true);
  const endpoint = {
    id: queuedMessage().id,
    url,
    enabled: false,
    disabledReason: SENTENCE,
    sequence: 0,
  } as WebhookEndpoint;
  expect(bytesOf(endpointEvent(endpoint, 'WEBHOOK_DISABLED', NOON))).toBeLessThanOrEqual(16 * 1024);
});

it('what a provider says in words of its own is in it whole', () => {
  const words = storable('हिन्दी'.repeat(1_000));
  const { provider } = toProblem('EXOTEL', { ...FAILURE, providerCode: '30012', providerMessage: words }, false);
  expect(provider).toMatchObject({ code: '30012', message: words });
  expect(words).toHaveLength(1_024);
});
