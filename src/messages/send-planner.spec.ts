import { describe, expect, it } from 'vitest';
import { isProblem, type Problem } from '../common/problem.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { RoutingTable } from '../providers/routing.service.js';
import { type Registration, type Template, type TemplateToSend } from '../templates/templates.service.js';
import { type Send } from './send-input.js';
import { type Plan, planSend, type Surroundings } from './send-planner.js';

const uuid = (number: number): string => `0190a0a0-0000-7000-8000-${String(number).padStart(12, '0')}`;
const PROJECT = uuid(1);
const TO = '+6287823678023';

function account(number: number, over: Partial<ProviderAccount> = {}): ProviderAccount {
  return {
    projectId: PROJECT,
    id: uuid(number),
    kind: 'DOKU',
    name: `account ${number}`,
    environment: 'SANDBOX',
    sender: null,
    baseUrl: null,
    credentials: Buffer.alloc(0),
    credentialsKey: '',
    requestsPerMinute: null,
    enabled: true,
    health: 'HEALTHY',
    stoppedAt: null,
    callbackKey: '',
    version: 1,
    sequence: 0,
    createdAt: new Date(0),
    deletedAt: null,
    ...over,
  };
}

function registration(accountNumber: number, over: Partial<Registration> = {}): Registration {
  return {
    projectId: PROJECT,
    templateId: uuid(900),
    accountId: uuid(accountNumber),
    externalId: `TMP-${accountNumber}`,
    status: 'APPROVED',
    category: 'UTILITY',
    rejectionReason: null,
    updatedAt: new Date(0),
    ...over,
  };
}

function template(
  over: Partial<Template> = {},
  registrations: readonly Registration[] = [registration(11), registration(12)],
): TemplateToSend {
  const row: Template = {
    projectId: PROJECT,
    id: uuid(900),
    name: 'order_paid',
    language: 'id',
    channel: 'WHATSAPP',
    category: 'UTILITY',
    body: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
    header: null,
    footer: null,
    buttons: [],
    samples: [],
    sequence: 0,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...over,
  };
  return { template: row, registrations };
}

const ACCOUNTS = [account(11), account(12)];

function around(
  over: Partial<Surroundings> & { accounts?: readonly ProviderAccount[]; route?: readonly number[] } = {},
): Surroundings {
  const { accounts = ACCOUNTS, route, ...rest } = over;
  const routes = new Map(route ? [['TEMPLATE' as const, route.map(uuid)]] : []);
  // WAPPIN accounts of these tests cannot send templates.
  const routing = new RoutingTable(accounts, routes, ({ kind }) => kind === 'DOKU');
  return { templates: [template()], routing, optOuts: new Map(), ...rest };
}

const send = (over: Partial<Omit<Send, 'template'>> & { template?: Partial<Send['template']> } = {}): Send => ({
  projectId: PROJECT,
  to: TO,
  accountId: null,
  scheduledAt: null,
  expiresAt: null,
  reference: null,
  metadata: null,
  priority: null,
  resendUnconfirmed: false,
  idempotency: null,
  ...over,
  template: { name: 'order_paid', language: null, channel: 'WHATSAPP', params: ['Budi', 'A-1'], ...over.template },
});

function plan(one: Send, where: Surroundings = around()): Plan {
  const made = planSend(one, where);
  if (isProblem(made)) throw new Error(`${made.code} at ${made.field}: ${made.message}`);
  return made;
}

function refused(one: Send, where: Surroundings = around()): Pick<Problem, 'code' | 'field'> {
  const made = planSend(one, where);
  if (!isProblem(made)) throw new Error('It was planned.');
  return { code: made.code, field: made.field };
}

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
    expect(plan(send({ template: { language: 'en' } }), where).content.language).toBe('en');
  });

  it('that exists in several languages needs one named', () => {
    expect(refused(send(), where)).toEqual({ code: 'INVALID_INPUT', field: 'content.template.language' });
  });

  it('that does not exist is not found, by its name or by its language', () => {
    const none = { code: 'TEMPLATE_NOT_FOUND' };
    expect(refused(send({ template: { name: 'x' } }))).toEqual({ ...none, field: 'content.template.name' });
    expect(refused(send({ template: { language: 'ms' } }))).toEqual({ ...none, field: 'content.template.language' });
    expect(refused(send({ template: { channel: 'SMS' } }))).toEqual({ ...none, field: 'content.template.name' });
  });

  it.each([[[]], [['Budi']], [['Budi', 'A-1', 'more']]])('takes its number of values and no other: %j', (params) => {
    const problem = { code: 'TEMPLATE_PARAMS_MISMATCH', field: 'content.template.params' };
    expect(refused(send({ template: { params } }))).toEqual(problem);
  });

  it('takes no value that is empty or longer than 1024 characters', () => {
    const at = (field: string): object => ({ code: 'INVALID_INPUT', field: `content.template.params.${field}` });
    expect(refused(send({ template: { params: ['Budi', ' '] } }))).toEqual(at('1'));
    expect(refused(send({ template: { params: ['x'.repeat(1025), 'A-1'] } }))).toEqual(at('0'));
    expect(plan(send({ template: { params: ['x'.repeat(1024), 'A-1'] } }))).toBeDefined();
  });

  const cannot = { code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.template.name' };

  it('for SMS is carried by no account', () => {
    const sms = around({ templates: [template({ channel: 'SMS' })] });
    expect(refused(send({ template: { channel: 'SMS' } }), sms)).toEqual(cannot);
  });

  it.each([
    ['a header with a value', { header: { format: 'TEXT', text: 'Halo {{1}}', sample: null } }],
    ['a header with a picture', { header: { format: 'IMAGE', text: null, sample: null } }],
    ['a button with a value', { buttons: [{ type: 'URL', text: 'Go', url: 'https://x.example/{{1}}', phone: null }] }],
    ['a code to copy', { buttons: [{ type: 'COPY_CODE', text: 'Copy', url: null, phone: null }] }],
  ] as [string, Partial<Template>][])('with %s is carried by no account', (_what, over) => {
    expect(refused(send(), around({ templates: [template(over)] }))).toEqual(cannot);
  });

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
    const optOuts = new Map([[TO, 'ALL' as const]]);
    const templates = [template({ category: 'AUTHENTICATION' }, [registration(11, { category: 'AUTHENTICATION' })])];
    expect(refused(send(), around({ optOuts, templates }))).toEqual(OPTED);
  });

  it('of marketing gets no template that its registration calls MARKETING, whatever we call it', () => {
    const optOuts = new Map([[TO, 'MARKETING' as const]]);
    const called = (ours: 'UTILITY' | 'MARKETING', theirs: 'UTILITY' | 'MARKETING'): Surroundings =>
      around({ optOuts, templates: [template({ category: ours }, [registration(11, { category: theirs })])] });
    expect(refused(send(), called('UTILITY', 'MARKETING'))).toEqual(OPTED);
    expect(plan(send(), called('MARKETING', 'UTILITY'))).toBeDefined();
  });

  it('stops nobody else’s messages', () => {
    expect(plan(send(), around({ optOuts: new Map([['+6281200000000', 'ALL' as const]]) }))).toBeDefined();
  });
});
