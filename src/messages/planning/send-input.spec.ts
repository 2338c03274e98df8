import { describe, expect, it } from 'vitest';
import { DAY, later, SECOND } from '../../common/clock.js';
import { isProblem, type Problem } from '../../common/problem.js';
import { readSend, type Send, type SendInput, timesProblem } from './send-input.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const CALLER = { projectId: '0190a0a0-0000-7000-8000-000000000001', country: 'ID' };

const INPUT: SendInput = {
  to: '0878-2367-8023',
  content: { template: { name: 'order_paid', language: 'id', channel: 'WHATSAPP', params: ['Budi', '3'] } },
  resendUnconfirmed: false,
};

const SMS = {
  rule: 'NOT_ON_WHATSAPP',
  content: { template: { name: 'order_paid', channel: 'SMS', params: ['Budi'] } },
} as const;

function read(over: Partial<SendInput> = {}, caller = CALLER): Send {
  const send = readSend({ ...INPUT, ...over }, caller);
  if (isProblem(send)) throw new Error(`${send.code} at ${send.field}`);
  return send;
}

function refusal(over: Partial<SendInput>): Problem {
  const send = readSend({ ...INPUT, ...over }, CALLER);
  const problem = isProblem(send) ? send : timesProblem(send, NOW);
  if (!problem) throw new Error('It was taken.');
  return problem;
}

const params = (...values: string[]): Partial<SendInput> => ({
  content: { template: { name: 'order_paid', channel: 'WHATSAPP', params: values } },
});

describe('a send', () => {
  it('is read into one way of writing it', () => {
    expect(read()).toEqual({
      projectId: CALLER.projectId,
      to: '+6287823678023',
      content: {
        ...{ kind: 'template', name: 'order_paid', language: 'id', channel: 'WHATSAPP', params: ['Budi', '3'] },
        ...{ headerParams: [], headerMedia: null, buttonParams: [] },
      },
      accountId: null,
      replyTo: null,
      fallbacks: [],
      scheduledAt: null,
      expiresAt: null,
      reference: null,
      metadata: null,
      priority: null,
      resendUnconfirmed: false,
      idempotency: null,
    });
  });

  it('names its account by the row, and one that cannot be one by an id that no row has', () => {
    expect(read({ accountId: 'acc_0190a0a0000070008000000000000002' }).accountId).toBe(
      '0190a0a0-0000-7000-8000-000000000002',
    );
    expect(read({ accountId: 'msg_0190a0a0000070008000000000000002' }).accountId).toBe('');
    expect(read({ accountId: '' }).accountId).toBe('');
  });

  it('goes to what may be a provider’s own id of a person only where the account is named', () => {
    const accountId = 'acc_0190a0a0000070008000000000000002';
    expect(read({ to: 'ID.1234567890', accountId }).to).toBe('ID.1234567890');
    expect(read({ to: '0878-2367-8023', accountId }).to).toBe('+6287823678023');
    for (const to of ['', '-', 'two words', 'x'.repeat(256), '+62'])
      expect(refusal({ to, accountId })).toMatchObject({ code: 'INVALID_PHONE_NUMBER', field: 'to' });
    expect(refusal({ to: 'ID.1234567890' })).toMatchObject({ code: 'INVALID_PHONE_NUMBER', field: 'to' });
  });

  it('names what it answers by the row, and what cannot be a message by an id that no row has', () => {
    expect(read({ replyTo: 'msg_0190a0a0000070008000000000000002' }).replyTo).toBe(
      '0190a0a0-0000-7000-8000-000000000002',
    );
    expect(read({ replyTo: 'acc_0190a0a0000070008000000000000002' }).replyTo).toBe('');
  });

  it('holds its fallbacks in their order', () => {
    const fallbacks = [SMS, { ...SMS, rule: 'FAILED', afterMinutes: 5, accountId: 'acc_x' } as const];
    expect(read({ fallbacks }).fallbacks).toMatchObject([
      { rule: 'NOT_ON_WHATSAPP', afterMinutes: null, content: { kind: 'template', channel: 'SMS' }, accountId: null },
      { rule: 'FAILED', afterMinutes: 5, accountId: '' },
    ]);
  });

  it('may be scheduled for a time that has passed: it leaves at once', () => {
    expect(timesProblem(read({ scheduledAt: later(NOW, -DAY) }), NOW)).toBeNull();
  });
});

describe('the limits of a send', () => {
  const fits: [string, Partial<SendInput>][] = [
    ['a reference of 128 characters', { reference: 'r'.repeat(128) }],
    ['an idempotency key of 255 characters', { idempotencyKey: 'k'.repeat(255) }],
    ['metadata of 2048 bytes', { metadata: { a: 'x'.repeat(2048 - 8) } }],
    ['5 fallbacks', { fallbacks: Array.from({ length: 5 }, () => SMS) }],
    ['a fallback after a minute', { fallbacks: [{ ...SMS, afterMinutes: 1 }] }],
    ['a fallback after a week', { fallbacks: [{ ...SMS, afterMinutes: 7 * 24 * 60 }] }],
    ['35 days ahead', { scheduledAt: later(NOW, 35 * DAY) }],
    ['an expiry in a moment', { expiresAt: later(NOW, 1) }],
    ['an expiry a moment after the schedule', { scheduledAt: later(NOW, SECOND), expiresAt: later(NOW, SECOND + 1) }],
  ];
  it.each(fits)('%s fits', (_what, over) => {
    expect(timesProblem(read(over), NOW)).toBeNull();
  });

  const breaks: [string, Partial<SendInput>, Problem['code'], string][] = [
    ['an empty reference', { reference: '' }, 'INVALID_INPUT', 'reference'],
    ['a reference of 129 characters', { reference: 'r'.repeat(129) }, 'INVALID_INPUT', 'reference'],
    ['an empty idempotency key', { idempotencyKey: '' }, 'INVALID_INPUT', 'idempotencyKey'],
    ['an idempotency key of 256 characters', { idempotencyKey: 'k'.repeat(256) }, 'INVALID_INPUT', 'idempotencyKey'],
    ['metadata of 2049 bytes', { metadata: { a: 'x'.repeat(2049 - 8) } }, 'INVALID_INPUT', 'metadata'],
    ['metadata of few characters and many bytes', { metadata: { a: 'é'.repeat(1100) } }, 'INVALID_INPUT', 'metadata'],
    ['more than 35 days ahead', { scheduledAt: later(NOW, 35 * DAY + 1) }, 'INVALID_INPUT', 'scheduledAt'],
    ['an expiry that is now', { expiresAt: NOW }, 'INVALID_INPUT', 'expiresAt'],
    [
      'an expiry at the time of the schedule',
      { scheduledAt: later(NOW, SECOND), expiresAt: later(NOW, SECOND) },
      'INVALID_INPUT',
      'expiresAt',
    ],
    ['a number that is none', { to: '12345' }, 'INVALID_PHONE_NUMBER', 'to'],
    ['no content', { content: {} }, 'INVALID_INPUT', 'content'],
    ['6 fallbacks', { fallbacks: Array.from({ length: 6 }, () => SMS) }, 'INVALID_INPUT', 'fallbacks'],
    [
      'a fallback after no minute',
      { fallbacks: [SMS, { ...SMS, afterMinutes: 0 }] },
      'INVALID_INPUT',
      'fallbacks.1.afterMinutes',
    ],
    [
      'a fallback after more than a week',
      { fallbacks: [{ ...SMS, afterMinutes: 7 * 24 * 60 + 1 }] },
      'INVALID_INPUT',
      'fallbacks.0.afterMinutes',
    ],
    ['a fallback that says nothing', { fallbacks: [{ ...SMS, content: {} }] }, 'INVALID_INPUT', 'fallbacks.0.content'],
    [
      'a fallback of an empty text',
      { fallbacks: [SMS, { ...SMS, content: { text: { text: ' ' } } }] },
      'INVALID_INPUT',
      'fallbacks.1.content.text.text',
    ],
    ['a NUL in a parameter', params('a', 'b\0'), 'INVALID_INPUT', 'content.template.params.1'],
    ['half a character in a parameter', params('\ud83d'), 'INVALID_INPUT', 'content.template.params.0'],
    ['a NUL in the number', { to: '0878-2367-8023\0' }, 'INVALID_INPUT', 'to'],
    ['a NUL in the reference', { reference: 'a\0' }, 'INVALID_INPUT', 'reference'],
    ['a NUL in the key', { idempotencyKey: 'a\0' }, 'INVALID_INPUT', 'idempotencyKey'],
    ['a NUL deep in metadata', { metadata: { a: [{ b: '\0' }] } }, 'INVALID_INPUT', 'metadata.a.0.b'],
    ['half a character in a key of metadata', { metadata: { '\ude00': 1 } }, 'INVALID_INPUT', 'metadata.\ude00'],
  ];
  it.each(breaks)('%s does not fit', (_what, over, code, field) => {
    expect(refusal(over)).toMatchObject({ code, field });
  });

  it('hold for metadata nested deeper than any stack', () => {
    let metadata: Record<string, unknown> = {};
    for (let depth = 0; depth < 100_000; depth++) metadata = { a: metadata };
    expect(refusal({ metadata })).toMatchObject({ code: 'INVALID_INPUT', field: 'metadata' });
  });

  it('are told without quoting a number or a text', () => {
    expect(JSON.stringify(refusal({ to: '+62 878 not a number' }))).not.toContain('not a number');
    expect(JSON.stringify(refusal(params('the secret text\0')))).not.toContain('secret');
  });
});

describe('the hash of an idempotency key’s input', () => {
  const hash = (over: Partial<SendInput> = {}, caller = CALLER): string =>
    read({ idempotencyKey: 'k1', ...over }, caller).idempotency!.hash.toString('hex');

  const same: [string, Partial<SendInput>][] = [
    ['the number with its country code', { to: '+62 878 2367 8023' }],
    ['the number in digits', { to: '6287823678023' }],
    ['nulls for what was left out', { accountId: null, scheduledAt: null, metadata: null, priority: null }],
    ['another key', { idempotencyKey: 'k2' }],
  ];
  it.each(same)('is the same for the same send with %s', (_what, over) => {
    expect(hash(over)).toBe(hash());
  });

  it('is the same whatever the order of metadata’s keys, at any depth', () => {
    expect(hash({ metadata: { a: 1, b: { c: [1, 2], d: null } } })).toBe(
      hash({ metadata: { b: { d: null, c: [1, 2] }, a: 1 } }),
    );
  });

  it('is made of a send whose time has passed too: its repeat is answered with its message', () => {
    expect(hash({ expiresAt: later(NOW, -DAY) })).toHaveLength(64);
  });

  const others: [string, Partial<SendInput>][] = [
    ['number', { to: '+62 878 2367 8024' }],
    ['value', params('Budi', '4')],
    ['order of values', params('3', 'Budi')],
    ['division of the values', params('Budi,3')],
    ['template', { content: { template: { ...INPUT.content.template!, name: 'order_sent' } } }],
    ['channel', { content: { template: { ...INPUT.content.template!, channel: 'SMS' } } }],
    ['account', { accountId: 'acc_0190a0a0000070008000000000000002' }],
    ['schedule', { scheduledAt: later(NOW, SECOND) }],
    ['expiry', { expiresAt: later(NOW, SECOND) }],
    ['reference', { reference: 'r' }],
    ['metadata', { metadata: { a: 1 } }],
    ['kind of metadata’s value', { metadata: { a: '1' } }],
    ['order of metadata’s list', { metadata: { a: [2, 1] } }],
    ['priority', { priority: 'HIGH' }],
    ['kind of content', { content: { text: { text: 'Budi' } } }],
    ['header', { content: { template: { ...INPUT.content.template!, headerParams: ['Budi'] } } }],
    ['message to answer', { replyTo: 'msg_0190a0a0000070008000000000000002' }],
    ['fallback', { fallbacks: [SMS] }],
    ['rule of a fallback', { fallbacks: [{ ...SMS, rule: 'FAILED' }] }],
    ['wish for unconfirmed ones', { resendUnconfirmed: true }],
  ];
  it('is another one for a send with another anything', () => {
    const hashes = [hash(), ...others.map(([, over]) => hash(over))];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('is another one in another project', () => {
    expect(hash({}, { ...CALLER, projectId: '0190a0a0-0000-7000-8000-000000000009' })).not.toBe(hash());
  });
});
