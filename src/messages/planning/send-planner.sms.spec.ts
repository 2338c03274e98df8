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
} from '../../../test/support/surroundings.js';
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

  it('is kept without its values in the text where they are secret', () => {
    const secret = fallback({ content: orderPaid({ channel: 'SMS', params: ['A-1'], secret: true }) });
    expect(plan(withSms(secret), around31()).content).toMatchObject({
      sms: { params: ['A-1'], text: 'Pesanan *** lunas.', secret: true },
    });
  });

  it.each(['FAILED', 'NOT_DELIVERED', 'NOT_READ', 'ALWAYS'] as const)(
    'by the rule %s, which the account does not have, is UNSUPPORTED_BY_PROVIDER, and the problem names the account’s',
    (rule) => {
      const problem = problemOf(withSms(fallback({ rule })), around31());
      expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0.rule' });
      expect(problem.message).toContain('NOT_ON_WHATSAPP');
    },
  );

  it('is one: a second one is UNSUPPORTED_BY_PROVIDER', () => {
    const second = problemOf(withSms(fallback(), fallback()), around31());
    expect(second).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.1' });
    expect(second.message).toContain('leave out the others');
  });

  it('is taken out of the others, which wait for their rules', () => {
    const again = fallback({ rule: 'FAILED', content: orderPaid() });
    for (const fallbacks of [
      [fallback(), again],
      [again, fallback()],
    ]) {
      const { content, waiting } = plan(send({ fallbacks }), around31());
      expect([content, waiting]).toMatchObject([{ sms: { params: ['A-1'] } }, [again]]);
    }
  });

  it.each([
    ['is of another account', fallback({ accountId: uuid(32) }), twin()],
    ['is registered at another account', fallback(), twin([registration(32, { templateId: uuid(902) })])],
  ])('cannot be one that %s', (_what, one, sms) => {
    expect(refused(withSms(one), around31(sms))).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0' });
  });

  describe('beside a fallback', () => {
    const doku = account(11, { name: 'Doku' });
    const both = (sms = twin()): Surroundings =>
      around({
        accounts: [doku, wappin],
        kinds: KINDS,
        templates: [template({}, [registration(11), registration(31)]), sms],
      });
    const viaWappin = fallback({ rule: 'FAILED', content: orderPaid(), accountId: wappin.id });

    it('rides with that one where the message goes through another provider', () => {
      const one = send({ accountId: doku.id, fallbacks: [viaWappin, fallback()] });
      expect(plan(one, both())).toMatchObject({ account: doku, waiting: [viaWappin, fallback()] });
    });

    it('that comes behind it rides nowhere', () => {
      const one = send({ accountId: doku.id, fallbacks: [fallback(), viaWappin] });
      expect(refused(one, both())).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0' });
    });

    it('by another rule than the account’s is UNSUPPORTED_BY_PROVIDER at its own place', () => {
      const before = fallback({ rule: 'FAILED', content: orderPaid() });
      const one = send({ accountId: doku.id, fallbacks: [before, viaWappin, fallback({ rule: 'FAILED' })] });
      expect(refused(one, both())).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.2.rule' });
    });

    it('that is sent by itself is left out when it cannot ride any more, and that one is sent all the same', () => {
      const fired = send({
        ...{ accountId: wappin.id, fallbacks: [fallback()] },
        fallbackOf: { messageId: uuid(1), rule: 'FAILED' },
      });
      const paused = twin([registration(31, { templateId: uuid(902), status: 'PAUSED' })]);
      expect(plan(fired, both()).content).toHaveProperty('sms');
      expect(plan(fired, both(paused)).content).not.toHaveProperty('sms');
    });
  });

  it('chooses the accounts that take it along, and no other one is on the route', () => {
    const second = account(32, { kind: 'WAPPIN', name: 'Wappin two' });
    const registrations = [11, 31, 32].map((number) => registration(number));
    const sms = twin([31, 32].map((number) => registration(number, { templateId: uuid(902) })));
    const where = around({
      accounts: [account(11), wappin, second],
      ...{ kinds: KINDS, templates: [template({}, registrations), sms] },
    });
    expect(plan(withSms(fallback()), where)).toMatchObject({ account: wappin, route: [wappin.id, second.id] });
    expect(plan(send(), where)).toMatchObject({ account: { id: uuid(11) }, route: [uuid(11), wappin.id, second.id] });
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
