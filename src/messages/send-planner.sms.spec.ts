import { describe, expect, it } from 'vitest';
import {
  account,
  around,
  KINDS,
  orderPaid,
  plan,
  problemOf,
  refused,
  registration,
  send,
  template,
  TEXT,
  toko,
  uuid,
} from '../../test/support/surroundings.js';
import { type Fallback, type Send } from './send-input.js';
import { type Surroundings } from './send-planner.js';

describe('an SMS that rides along', () => {
  const wappin = account(31, { kind: 'WAPPIN', name: 'Wappin' });
  const twin = (
    at: Parameters<typeof template>[1] = [registration(31, { templateId: uuid(902) })],
  ): ReturnType<typeof template> => template({ id: uuid(902), channel: 'SMS', body: 'Pesanan {{1}} lunas.' }, at);
  const around31 = (sms = twin()): Surroundings =>
    around({ accounts: [wappin], kinds: KINDS, templates: [template({}, [registration(31)]), sms] });
  const fallback = (over: Partial<Fallback> = {}): Fallback => ({
    rule: 'NOT_ON_WHATSAPP',
    afterMinutes: null,
    content: orderPaid({ channel: 'SMS', params: ['A-1'] }),
    accountId: null,
    ...over,
  });
  const withSms = (...fallbacks: Fallback[]): Send => send({ fallbacks });

  it('is kept with the message, as it will be read', () => {
    expect(plan(withSms(fallback()), around31()).content).toMatchObject({
      text: 'Halo Budi, pesanan A-1 sudah dibayar.',
      sms: { templateId: uuid(902), params: ['A-1'], text: 'Pesanan A-1 lunas.' },
    });
    expect(plan(withSms(fallback({ accountId: wappin.id, afterMinutes: 5 })), around31()).content).toHaveProperty(
      'sms',
    );
  });

  it.each(['FAILED', 'NOT_DELIVERED', 'NOT_READ', 'ALWAYS'] as const)(
    'by the rule %s, which the account does not have, is UNSUPPORTED_BY_PROVIDER, and the problem names the account’s',
    (rule) => {
      const problem = problemOf(withSms(fallback({ rule })), around31());
      expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0.rule' });
      expect(problem.message).toContain('NOT_ON_WHATSAPP');
    },
  );

  it('is one: another fallback is UNSUPPORTED_BY_PROVIDER, before it or after it', () => {
    const unsupported = { code: 'UNSUPPORTED_BY_PROVIDER' };
    const text = fallback({ rule: 'FAILED', content: TEXT });
    expect(refused(withSms(fallback(), text), around31())).toEqual({ ...unsupported, field: 'fallbacks.1' });
    expect(refused(withSms(text, fallback()), around31())).toEqual({ ...unsupported, field: 'fallbacks.0' });
    expect(refused(withSms(fallback(), fallback()), around31())).toEqual({ ...unsupported, field: 'fallbacks.1' });
  });

  it.each([
    ['is of another account', fallback({ accountId: uuid(32) }), twin()],
    ['is registered at another account', fallback(), twin([registration(32, { templateId: uuid(902) })])],
    ['is no SMS', fallback({ content: orderPaid() }), twin()],
  ])('cannot be one that %s', (_what, one, sms) => {
    expect(refused(withSms(one), around31(sms))).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0' });
  });

  it('is not to be had at an account that sends none, nor beside anything but a template', () => {
    expect(problemOf(withSms(fallback()), { ...around(), templates: [template(), twin()] })).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'fallbacks.0',
      message: expect.stringContaining('account 11 sends no SMS'),
    });
    const where = around({ accounts: [toko], kinds: KINDS, templates: [twin()] });
    expect(refused(send({ content: TEXT, fallbacks: [fallback()] }), where)).toMatchObject({ field: 'fallbacks.0' });
  });

  it.each([
    ['that does not exist', { name: 'x' }, 'TEMPLATE_NOT_FOUND', 'name'],
    ['with a value too few', { params: [] }, 'TEMPLATE_PARAMS_MISMATCH', 'params'],
    ['with an empty value', { params: [' '] }, 'INVALID_INPUT', 'params.0'],
  ])('by a template %s is refused at its own field', (_what, over, code, at) => {
    const content = orderPaid({ channel: 'SMS', params: ['A-1'], ...over });
    expect(refused(withSms(fallback({ content })), around31())).toEqual({
      code,
      field: `fallbacks.0.content.template.${at}`,
    });
  });

  it('by a template that is not approved there is TEMPLATE_NOT_APPROVED', () => {
    const paused = twin([registration(31, { templateId: uuid(902), status: 'PAUSED' })]);
    const problem = problemOf(withSms(fallback()), around31(paused));
    expect(problem).toMatchObject({ code: 'TEMPLATE_NOT_APPROVED', field: 'fallbacks.0.content.template.name' });
    expect(problem.message).toContain('PAUSED');
  });

  it('as the main content is UNSUPPORTED_BY_PROVIDER', () => {
    expect(refused(send({ content: orderPaid({ channel: 'SMS', params: ['A-1'] }) }), around31())).toEqual({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'content.template.name',
    });
  });
});
