import { describe, expect, it } from 'vitest';
import { NOON } from '../../../test/support/messages.js';
import {
  account,
  ANI,
  around,
  cabang,
  heard,
  KINDS,
  orderPaid,
  plan,
  type Place,
  problemOf,
  refused,
  registration,
  send,
  template,
  TEXT,
  toko,
  uuid,
} from '../../../test/support/surroundings.js';
import { HOUR, later, MINUTE } from '../../common/clock.js';
import { fallbackSend } from './fallback-plan.js';
import { type Fallback } from './send-input.js';

const doku = account(11, { name: 'Doku' });
const PLACE: Place = {
  accounts: [doku, toko, cabang],
  kinds: KINDS,
  templates: [
    template({}, [registration(11), registration(21)]),
    template({ id: uuid(903), name: 'promo', category: 'MARKETING', body: 'Promo!' }, [
      registration(21, { templateId: uuid(903), category: 'MARKETING' }),
    ]),
  ],
  conversations: [heard(toko, 1)],
};
const where = around(PLACE);
const promo = orderPaid({ name: 'promo', params: [] });
const fallback = (over: Partial<Fallback> = {}): Fallback => ({
  ...{ rule: 'FAILED', afterMinutes: null, content: TEXT, accountId: null },
  ...over,
});
const withFallbacks = (...fallbacks: Fallback[]) => send({ fallbacks });

describe('fallbacks', () => {
  it('wait for their rules in the order in which they are written', () => {
    const fallbacks = [
      fallback({ rule: 'NOT_ON_WHATSAPP', content: promo }),
      fallback({ rule: 'NOT_READ', afterMinutes: 30 }),
      fallback({ content: orderPaid(), accountId: doku.id }),
    ];
    expect(plan(withFallbacks(...fallbacks), where)).toMatchObject({ waiting: fallbacks, beside: [] });
  });

  it('by ALWAYS are sent at once beside the message, with all that the message is sent with, and wait for nothing', () => {
    const always = fallback({ rule: 'ALWAYS' });
    const waits = fallback({ content: promo });
    const one = send({
      ...{ fallbacks: [always, waits, fallback({ rule: 'ALWAYS', content: promo })], resendUnconfirmed: true },
      ...{ scheduledAt: later(NOON, HOUR), expiresAt: later(NOON, 2 * HOUR), reference: 'r', metadata: { a: 1 } },
      ...{ priority: 'HIGH' as const, idempotency: { key: 'k', hash: Buffer.alloc(1) } },
    });
    const { messageId, waiting, beside } = plan(one, where);
    expect(waiting).toEqual([waits]);
    expect(beside.map(({ send: { content } }) => content)).toEqual([TEXT, promo]);
    expect(beside[0]).toMatchObject({
      send: {
        ...{ to: ANI, accountId: null, replyTo: null, fallbacks: [], idempotency: null },
        ...{ scheduledAt: one.scheduledAt, expiresAt: one.expiresAt, reference: 'r', metadata: { a: 1 } },
        ...{ priority: 'HIGH', resendUnconfirmed: true, fallbackOf: { messageId, rule: 'ALWAYS' } },
      },
      plan: { account: toko, content: TEXT, waiting: [], priority: 0 },
    });
  });
});

describe('a fallback is refused when the message is sent', () => {
  it.each([
    [
      'a template that does not exist',
      { content: orderPaid({ name: 'x' }) },
      'TEMPLATE_NOT_FOUND',
      'content.template.name',
    ],
    ['a value too few', { content: orderPaid({ params: [] }) }, 'TEMPLATE_PARAMS_MISMATCH', 'content.template.params'],
    ['a template that is registered elsewhere', { content: promo, accountId: doku.id }, 'NO_ROUTE', 'accountId'],
    ['an account that does not exist', { accountId: uuid(77) }, 'NOT_FOUND', 'accountId'],
    ['an account that carries no text', { accountId: doku.id }, 'UNSUPPORTED_BY_PROVIDER', 'accountId'],
    ['a text outside the window', { accountId: cabang.id }, 'SESSION_WINDOW_CLOSED', 'content.text'],
  ] as const)('with %s, at its own place', (_what, over, code, field) => {
    const closed = around({ ...PLACE, conversations: [heard(toko, 1), heard(cabang, 25)] });
    const wrong = fallback(over);
    expect(refused(withFallbacks(wrong), closed)).toEqual({ code, field: `fallbacks.0.${field}` });
    const always = withFallbacks(fallback(), fallback({ content: promo }), { ...wrong, rule: 'ALWAYS' });
    expect(refused(always, closed)).toEqual({ code, field: `fallbacks.2.${field}` });
    const third = withFallbacks(fallback({ rule: 'ALWAYS' }), fallback({ content: promo }), fallback(), wrong);
    expect(refused(third, closed)).toEqual({ code, field: `fallbacks.3.${field}` });
  });

  it('with the time that the window closed', () => {
    const closed = around({ ...PLACE, conversations: [heard(toko, 25), heard(cabang, 26)] });
    expect(problemOf(withFallbacks(fallback()), closed)).toMatchObject({ retryAt: later(NOON, -HOUR) });
  });

  it('when it is MARKETING and the person wants none', () => {
    const optOuts = new Map([[ANI, 'MARKETING' as const]]);
    expect(refused(withFallbacks(fallback(), fallback({ content: promo })), { ...where, optOuts })).toEqual({
      ...{ code: 'RECIPIENT_OPTED_OUT', field: 'fallbacks.1' },
    });
  });

  it('and its message is not blamed for languages that it is not sent in', () => {
    const templates = [...(PLACE.templates ?? []), template({ id: uuid(904), language: 'en' }, [registration(21)])];
    const one = send({
      content: orderPaid({ language: 'id' }),
      fallbacks: [fallback({ content: promo, accountId: doku.id })],
    });
    expect(problemOf(one, around({ ...PLACE, templates })).message).not.toContain('it is approved');
  });
});

describe('a rule that waits for receipts', () => {
  it.each(['NOT_DELIVERED', 'NOT_READ'] as const)('needs its minutes: %s', (rule) => {
    const missing = { code: 'INVALID_INPUT', field: 'fallbacks.1.afterMinutes' };
    expect(refused(withFallbacks(fallback(), fallback({ rule })), where)).toEqual(missing);
  });

  it.each(['NOT_ON_WHATSAPP', 'FAILED', 'ALWAYS'] as const)('is none of %s, which needs no minutes', (rule) => {
    expect(plan(withFallbacks(fallback({ rule })), where)).toBeDefined();
  });

  it('sends through an account that gives receipts, and no other one is on the route', () => {
    const one = fallback({ rule: 'NOT_READ', afterMinutes: 5 });
    expect(plan(withFallbacks(one), where)).toMatchObject({ account: toko, route: null });
    expect(plan(withFallbacks(fallback()), where)).toMatchObject({ account: doku, route: [doku.id, toko.id] });
  });

  it('is UNSUPPORTED_BY_PROVIDER where no account of the route gives them, and the problem says who does', () => {
    const one = send({ accountId: doku.id, fallbacks: [fallback(), fallback({ rule: 'NOT_READ', afterMinutes: 5 })] });
    const problem = problemOf(one, where);
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.1.rule' });
    expect(problem.message).toMatch(/Doku gives no receipts.*send through Toko or Cabang, or use the rule FAILED/);
  });

  it('asks it of the message itself: what is sent in its place may go through an account without', () => {
    const viaDoku = fallback({ content: orderPaid(), accountId: doku.id });
    const one = send({
      accountId: toko.id,
      fallbacks: [viaDoku, fallback({ rule: 'NOT_DELIVERED', afterMinutes: 5 })],
    });
    expect(plan(one, where).waiting).toHaveLength(2);
  });

  it('that could hold only after the message’s own end is refused', () => {
    const after = (afterMinutes: number) => fallback({ rule: 'NOT_READ', afterMinutes });
    const expiresAt = later(NOON, HOUR);
    const late = { code: 'INVALID_INPUT', field: 'fallbacks.0.afterMinutes' };
    expect(refused(send({ expiresAt, fallbacks: [after(60)] }), where)).toEqual(late);
    expect(plan(send({ expiresAt, fallbacks: [after(59)] }), where)).toBeDefined();
    const scheduledAt = later(NOON, 30 * MINUTE);
    expect(refused(send({ scheduledAt, expiresAt, fallbacks: [after(30)] }), where)).toEqual(late);
    expect(plan(send({ scheduledAt, expiresAt, fallbacks: [after(29)] }), where)).toBeDefined();
  });
});

describe('the fallbacks of a person without a number', () => {
  const known = heard(toko, 1, { person: 'ID.77', recipientId: 'ID.77' });
  const one = (...fallbacks: Fallback[]) => send({ to: 'ID.77', accountId: toko.id, content: TEXT, fallbacks });
  const whereKnown = around({ ...PLACE, conversations: [known] });

  it('go through the message’s account', () => {
    const { beside } = plan(one(fallback({ rule: 'ALWAYS', content: promo })), whereKnown);
    expect(beside).toMatchObject([{ send: { accountId: toko.id }, plan: { account: toko, person: 'ID.77' } }]);
  });

  it('go through no other one, where nobody knows them', () => {
    expect(refused(one(fallback({ accountId: cabang.id })), whereKnown)).toEqual({
      ...{ code: 'INVALID_PHONE_NUMBER', field: 'fallbacks.0.accountId' },
    });
  });
});

describe('a fallback whose rule holds', () => {
  const rest = [fallback({ content: promo })];
  const origin = {
    ...{ projectId: uuid(1), id: uuid(700), person: ANI, accountId: doku.id, fallbackOf: null, priority: 2 },
    ...{ expiresAt: later(NOON, HOUR), reference: 'r', metadata: null, resendUnconfirmed: false },
  };

  it('is sent with what comes behind it as its own, in the name of the first of the line', () => {
    expect(fallbackSend(origin, fallback({ rule: 'NOT_ON_WHATSAPP' }), rest)).toMatchObject({
      ...{ to: ANI, content: TEXT, accountId: null, fallbacks: rest, priority: 'LOW', scheduledAt: null },
      ...{ expiresAt: origin.expiresAt, fallbackOf: { messageId: uuid(700), rule: 'NOT_ON_WHATSAPP' } },
    });
    const second = fallbackSend({ ...origin, fallbackOf: uuid(699) }, fallback(), []);
    expect(second.fallbackOf).toEqual({ messageId: uuid(699), rule: 'FAILED' });
  });

  it('is not held back by what went wrong since with those behind it', () => {
    const gone = fallback({ content: orderPaid({ name: 'deleted' }) });
    const late = fallback({ rule: 'NOT_READ', afterMinutes: 120 });
    expect(plan(fallbackSend(origin, fallback(), [gone, late]), where).waiting).toEqual([gone, late]);
  });
});
