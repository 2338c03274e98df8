import { describe, expect, it } from 'vitest';
import {
  account,
  ANI,
  around,
  orderPaid,
  plan,
  refused,
  registration,
  send,
  template,
  uuid,
} from '../../../test/support/surroundings.js';
import { type Template } from '../../templates/templates.service.js';
import { planSend, type Surroundings } from './send-planner.js';

describe('a plan', () => {
  it('holds the text as the person reads it', () => {
    expect(plan(send())).toMatchObject({
      account: { id: uuid(11) },
      priority: 1,
      content: {
        kind: 'template',
        name: 'order_paid',
        language: 'id',
        params: ['Budi', 'A-1'],
        text: 'Halo Budi, pesanan A-1 sudah dibayar.',
      },
    });
  });

  it.each([
    ['AUTHENTICATION', 0],
    ['UTILITY', 1],
    ['MARKETING', 2],
  ] as const)('takes the priority of %s templates, unless the send names its own', (category, priority) => {
    const where = around({ templates: [template({ category })] });
    expect(plan(send(), where).priority).toBe(priority);
    expect(plan(send({ priority: 'LOW' }), where).priority).toBe(2);
  });
});

describe('the template', () => {
  const where = around({ templates: [template(), template({ id: uuid(901), language: 'en' })] });

  it('of the language that is named is taken', () => {
    expect(plan(send({ content: orderPaid({ language: 'en' }) }), where).content).toMatchObject({ language: 'en' });
  });

  it('that exists in several languages needs one named', () => {
    expect(refused(send(), where)).toEqual({ code: 'INVALID_INPUT', field: 'content.template.language' });
  });

  it.each([
    ['TEMPLATE_NOT_APPROVED', [registration(11, { status: 'PENDING' })]],
    ['NO_ROUTE', []],
  ] as const)('that is not sent in the language that is named is %s, which names those that are', (code, asked) => {
    const english = template({ id: uuid(901), language: 'en' });
    const gone = template({ id: uuid(902), language: 'ms' }, [registration(19)]);
    const rejected = template({ id: uuid(903), language: 'hi' }, [registration(11, { status: 'REJECTED' })]);
    const where = around({ templates: [template({}, asked), english, gone, rejected] });
    const problem = planSend(send({ content: orderPaid({ language: 'id' }) }), where);
    expect(problem).toMatchObject({ code, message: expect.stringMatching(/\. In en it is approved\.$/) });
    const alone = around({ templates: [template({}, asked), gone, rejected] });
    expect(planSend(send({ content: orderPaid({ language: 'id' }) }), alone)).toMatchObject({
      code,
      message: expect.not.stringContaining('it is approved'),
    });
  });

  it('that does not exist is not found, by its name or by its language', () => {
    const none = { code: 'TEMPLATE_NOT_FOUND' };
    expect(refused(send({ content: orderPaid({ name: 'x' }) }))).toEqual({ ...none, field: 'content.template.name' });
    expect(refused(send({ content: orderPaid({ language: 'ms' }) }))).toEqual({
      ...none,
      field: 'content.template.language',
    });
    expect(refused(send({ content: orderPaid({ channel: 'SMS' }) }))).toEqual({
      ...none,
      field: 'content.template.name',
    });
  });

  it.each([[[]], [['Budi']], [['Budi', 'A-1', 'more']]])('takes its number of values and no other: %j', (params) => {
    const problem = { code: 'TEMPLATE_PARAMS_MISMATCH', field: 'content.template.params' };
    expect(refused(send({ content: orderPaid({ params }) }))).toEqual(problem);
  });

  it('takes no value that is empty or longer than 1024 characters', () => {
    const at = (field: string): object => ({ code: 'INVALID_INPUT', field: `content.template.params.${field}` });
    expect(refused(send({ content: orderPaid({ params: ['Budi', ' '] }) }))).toEqual(at('1'));
    expect(refused(send({ content: orderPaid({ params: ['x'.repeat(1025), 'A-1'] }) }))).toEqual(at('0'));
    expect(plan(send({ content: orderPaid({ params: ['x'.repeat(1024), 'A-1'] }) }))).toBeDefined();
  });

  const cannot = { code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.template.name' };

  it('for SMS is carried by no account', () => {
    const sms = around({ templates: [template({ channel: 'SMS' })] });
    expect(refused(send({ content: orderPaid({ channel: 'SMS' }) }), sms)).toEqual(cannot);
  });

  it.each([
    [
      'a header with a value',
      { header: { format: 'TEXT', text: 'Halo {{1}}', sample: null } },
      { headerParams: ['A'] },
    ],
    [
      'a header with a picture',
      { header: { format: 'IMAGE', text: null, sample: null } },
      { headerMedia: { type: 'IMAGE', url: 'https://shop.example/a.jpg', mediaId: null, filename: null } },
    ],
    [
      'a button with a value',
      { buttons: [{ type: 'URL', text: 'Go', url: 'https://x.example/{{1}}', phone: null }] },
      { buttonParams: [{ index: 0, value: 'a' }] },
    ],
    [
      'a code to copy',
      { buttons: [{ type: 'COPY_CODE', text: 'Copy', url: null, phone: null }] },
      { buttonParams: [{ index: 0, value: 'SALE' }] },
    ],
  ] as [string, Partial<Template>, Parameters<typeof orderPaid>[0]][])(
    'with %s is carried by no account of those that carry a body alone',
    (_what, over, values) => {
      const one = send({ content: orderPaid(values) });
      expect(refused(one, around({ templates: [template(over)] }))).toEqual(cannot);
    },
  );

  it('with a header and buttons that take no value is carried', () => {
    const header = { format: 'TEXT', text: 'Halo', sample: null } as const;
    const buttons = [{ type: 'QUICK_REPLY', text: 'Ya', url: null, phone: null }] as Template['buttons'];
    expect(plan(send(), around({ templates: [template({ header, buttons })] })).account.id).toBe(uuid(11));
  });
});

describe('the account', () => {
  it('is the first one on the route', () => {
    expect(plan(send(), around({ route: [12, 11] })).account.id).toBe(uuid(12));
  });

  it('without a route is the oldest one', () => {
    expect(plan(send()).account.id).toBe(uuid(11));
  });

  it('that is held is passed over', () => {
    const where = around({ accounts: [account(11, { enabled: false }), account(12)], route: [11, 12] });
    expect(plan(send(), where).account.id).toBe(uuid(12));
  });

  it('where the template is not registered, or not approved, is passed over', () => {
    const elsewhere = around({ templates: [template({}, [registration(12)])] });
    const pending = around({ templates: [template({}, [registration(11, { status: 'PENDING' }), registration(12)])] });
    expect(plan(send(), elsewhere).account.id).toBe(uuid(12));
    expect(plan(send(), pending).account.id).toBe(uuid(12));
  });

  it('that is named is taken, held or not and on the route or not', () => {
    const where = around({ accounts: [account(11), account(12, { enabled: false })], route: [11] });
    expect(plan(send({ accountId: uuid(12) }), where).account.id).toBe(uuid(12));
  });

  it('that is named and unknown is NOT_FOUND', () => {
    const missing = { code: 'NOT_FOUND', field: 'accountId' };
    expect(refused(send({ accountId: uuid(99) }))).toEqual(missing);
    expect(refused(send({ accountId: '' }))).toEqual(missing);
  });

  it('that is named and cannot send templates is UNSUPPORTED_BY_PROVIDER', () => {
    const where = around({ accounts: [account(11, { kind: 'WAPPIN' })] });
    expect(refused(send({ accountId: uuid(11) }), where)).toEqual({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'accountId',
    });
  });

  it('that is named and does not know the template has no route, though another one does', () => {
    const where = around({ templates: [template({}, [registration(12)])] });
    expect(refused(send({ accountId: uuid(11) }), where)).toEqual({ code: 'NO_ROUTE', field: 'accountId' });
  });

  it.each([
    ['there is none', around({ accounts: [] })],
    ['all are held', around({ accounts: [account(11, { enabled: false })] })],
    ['none can send templates', around({ accounts: [account(11, { kind: 'WAPPIN' })] })],
    ['none knows the template', around({ templates: [template({}, [])] })],
    ['the route is of deleted ones alone', around({ route: [99] })],
  ])('is missing when %s', (_why, where) => {
    expect(refused(send(), where)).toEqual({ code: 'NO_ROUTE', field: 'content.template' });
  });

  it.each(['DRAFT', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'DELETED'] as const)(
    'is missing when the template is %s everywhere',
    (status) => {
      const where = around({ templates: [template({}, [registration(11, { status }), registration(12, { status })])] });
      expect(refused(send(), where)).toEqual({ code: 'TEMPLATE_NOT_APPROVED', field: 'content.template.name' });
    },
  );
});

describe('a person who opted out', () => {
  const OPTED = { code: 'RECIPIENT_OPTED_OUT', field: 'to' };

  it('of all gets nothing, codes neither', () => {
    const optOuts = new Map([[ANI, 'ALL' as const]]);
    const templates = [template({ category: 'AUTHENTICATION' }, [registration(11, { category: 'AUTHENTICATION' })])];
    expect(refused(send(), around({ optOuts, templates }))).toEqual(OPTED);
  });

  it('of marketing gets no template that its registration calls MARKETING, whatever we call it', () => {
    const optOuts = new Map([[ANI, 'MARKETING' as const]]);
    const called = (ours: 'UTILITY' | 'MARKETING', theirs: 'UTILITY' | 'MARKETING'): Surroundings =>
      around({ optOuts, templates: [template({ category: ours }, [registration(11, { category: theirs })])] });
    expect(refused(send(), called('UTILITY', 'MARKETING'))).toEqual(OPTED);
    expect(plan(send(), called('MARKETING', 'UTILITY'))).toBeDefined();
  });

  it('stops nobody else’s messages', () => {
    expect(plan(send(), around({ optOuts: new Map([['+6281200000000', 'ALL' as const]]) }))).toBeDefined();
  });
});
