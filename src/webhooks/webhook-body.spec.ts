import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type EventType } from '../events/event-types.js';
import { webhookBody } from './webhook-body.js';

const AT = new Date('2026-03-01T12:00:00.250Z');
const textOf = (data: string, type: EventType = 'MESSAGE_DELIVERED', occurredAt = AT): string =>
  webhookBody({ type, occurredAt, data }).toString('utf8');

const NAMES: Readonly<Record<EventType, string>> = {
  MESSAGE_SCHEDULED: 'message.scheduled',
  MESSAGE_QUEUED: 'message.queued',
  MESSAGE_RETRIED: 'message.retried',
  MESSAGE_UNCONFIRMED: 'message.unconfirmed',
  MESSAGE_SUBMITTED: 'message.submitted',
  MESSAGE_SENT: 'message.sent',
  MESSAGE_DELIVERED: 'message.delivered',
  MESSAGE_READ: 'message.read',
  MESSAGE_FAILED: 'message.failed',
  MESSAGE_CANCELED: 'message.canceled',
  MESSAGE_EXPIRED: 'message.expired',
  MESSAGE_RECEIVED: 'message.received',
  VERIFICATION_STARTED: 'verification.started',
  VERIFICATION_UPDATED: 'verification.updated',
  VERIFICATION_VERIFIED: 'verification.verified',
  VERIFICATION_EXPIRED: 'verification.expired',
  VERIFICATION_REFUSED: 'verification.refused',
  VERIFICATION_FAILED: 'verification.failed',
  VERIFICATION_CANCELED: 'verification.canceled',
  PAYMENT_CREATED: 'payment.created',
  PAYMENT_UPDATED: 'payment.updated',
  PAYMENT_PROCESSING: 'payment.processing',
  PAYMENT_PAID: 'payment.paid',
  PAYMENT_FAILED: 'payment.failed',
  PAYMENT_EXPIRED: 'payment.expired',
  PAYMENT_CANCELED: 'payment.canceled',
  PAYMENT_REFUNDED: 'payment.refunded',
  PAYMENT_FLAGGED: 'payment.flagged',
  ORDER_STATUS_UPDATED: 'order_status.updated',
  TEMPLATE_STATUS_CHANGED: 'template_status.changed',
  ACCOUNT_HEALTH_CHANGED: 'account_health.changed',
  OPT_OUT_ADDED: 'opt_out.added',
  OPT_OUT_REMOVED: 'opt_out.removed',
  WEBHOOK_DISABLED: 'webhook.disabled',
  WEBHOOK_TEST: 'webhook.test',
};

describe('the type in a webhook’s body', () => {
  it.each(Object.keys(EVENT_TYPES) as EventType[])(
    'of %s is its name in lower case, its last underscore a dot',
    (type) => {
      expect(JSON.parse(textOf('{}', type))).toHaveProperty('type', NAMES[type]);
    },
  );
});

describe('a webhook’s body', () => {
  it('is its type, the time at which it happened and its data, and nothing else', () => {
    expect(textOf('{"sequence":1}')).toBe(
      '{"type":"message.delivered","timestamp":"2026-03-01T12:00:00.250Z","data":{"sequence":1}}',
    );
  });

  it('has data as the log’s own text, blanks, escapes and the order of keys too, and reads as what the log says', () => {
    const anyText = fc
      .tuple(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false })),
        fc.constantFrom(0, 1, '\t'),
      )
      .map(([data, space]) => JSON.stringify(data, null, space));
    fc.assert(
      fc.property(anyText, (data) => {
        const text = textOf(data);
        expect(text.endsWith(`"data":${data}}`)).toBe(true);
        expect(JSON.parse(text)).toEqual({
          ...{ type: 'message.delivered', timestamp: '2026-03-01T12:00:00.250Z' },
          data: JSON.parse(data) as unknown,
        });
      }),
    );
  });

  it('keeps a number that no double holds, and an escape that needs none', () => {
    const data = String.raw`{"b":90071992547409931,"a":1.0,"text":"\u0068i\/"}`;
    expect(textOf(data)).toContain(data);
  });

  it('is under 20 kB with the most data that an event has, all of it characters of several bytes', () => {
    const rest = Buffer.byteLength('{"text":""}');
    const data = `{"text":"${'😀'.repeat((16 * 1024 - rest) / 4)}"}`;
    const longest = Object.keys(EVENT_TYPES).reduce((a, b) => (a.length > b.length ? a : b)) as EventType;
    const body = webhookBody({ type: longest, occurredAt: AT, data });
    expect(body.length).toBeGreaterThan(16 * 1024);
    expect(body.length).toBeLessThan(20_000);
  });
});
