import { describe, expect, it } from 'vitest';
import { isProblem, type Problem } from '../common/problem.js';
import {
  type CreateInput,
  type PaymentAsk,
  readPayment,
  type WrittenChat,
  type WrittenCheckout,
} from './payment-input.js';

const ID = { country: 'ID' };
const IN = { country: 'IN' };
const ACCOUNT = 'acc_0190a0a0000070008000000000000003';
const TEMPLATE = { name: 'order_paid', channel: 'WHATSAPP', params: ['Budi'] } as const;
const READ_TEMPLATE = {
  ...{ kind: 'template', name: 'order_paid', language: null, channel: 'WHATSAPP', params: ['Budi'] },
  ...{ headerParams: [], headerMedia: null, buttonParams: [] },
};
const ORDER: CreateInput['order'] = {
  ...{ goods: 'DIGITAL_GOODS', tax: 0n, shipping: 0n, discount: 0n },
  items: [{ retailerId: 'SKU-1', name: 'Kopi', amount: 10_000n, quantity: 2 }],
};
const LATER = new Date('2026-03-02T00:00:00Z');

type More = Partial<Omit<CreateInput, 'via'>>;
const chat = (via: Partial<WrittenChat> = {}, more: More = {}): CreateInput => ({
  ...{ referenceId: 'INV-1', to: '+91 98765 43210', currency: 'INR', order: ORDER },
  via: { whatsapp: { body: 'Silakan bayar', configuration: 'main', paymentType: 'upi', ...via } },
  ...more,
});
const page = (via: WrittenCheckout = {}, more: More = {}): CreateInput => ({
  ...{ referenceId: 'INV-1', to: '0878-2367-8023', currency: 'IDR', order: ORDER },
  via: { checkout: via },
  ...more,
});

function read(input: CreateInput, caller = ID): PaymentAsk {
  const ask = readPayment(input, caller);
  if (isProblem(ask)) throw new Error(`${ask.code} at ${ask.field}: ${ask.message}`);
  return ask;
}
function refused(input: CreateInput): Pick<Problem, 'code' | 'field'> {
  const ask = readPayment(input, ID);
  if (!isProblem(ask)) throw new Error('It was read.');
  expect(ask.message).toMatch(/^[A-Z].*\.$/);
  return { code: ask.code, field: ask.field };
}
const refusedAt = (input: CreateInput): string | null | undefined => {
  const { code, field } = refused(input);
  expect(code).toBe('INVALID_INPUT');
  return field;
};

describe('a payment', () => {
  it('in the chat takes what is left out as not said', () => {
    expect(read(chat())).toMatchObject({
      ...{ accountId: null, referenceId: 'INV-1', to: '+919876543210', receipt: null, customerName: null },
      ...{ currency: 'INR', expiresAt: null, idempotency: null, order: { total: '20000' } },
      terms: {
        ...{ via: 'WHATSAPP', text: 'Silakan bayar', footer: null, headerImage: null, configuration: 'main' },
        ...{ paymentType: 'upi', template: null, showsExpiry: false, expiryDescription: null },
      },
    });
  });

  it('by checkout takes what is left out as not said', () => {
    expect(read(page())).toMatchObject({
      ...{ to: '+6287823678023', currency: 'IDR' },
      terms: { via: 'CHECKOUT', methods: [], callbackUrl: null, linkTemplate: null, customerEmail: null },
    });
  });

  it('keeps all that is said of it', () => {
    const inChat = chat(
      { footer: 'Toko', headerImage: 'HTTPS://SHOP.EXAMPLE/a.jpg', template: TEMPLATE },
      {
        ...{ accountId: ACCOUNT, customerName: 'Budi', expiresAt: LATER, expiryDescription: 'Sampai besok' },
        receipt: { body: 'Lunas', template: TEMPLATE },
      },
    );
    expect(read(inChat)).toMatchObject({
      ...{ accountId: '0190a0a0-0000-7000-8000-000000000003', customerName: 'Budi', expiresAt: LATER },
      receipt: { body: 'Lunas', template: READ_TEMPLATE },
      terms: {
        footer: 'Toko',
        headerImage: { type: 'IMAGE', url: 'https://shop.example/a.jpg', mediaId: null, filename: null },
        ...{ template: READ_TEMPLATE, showsExpiry: true, expiryDescription: 'Sampai besok' },
      },
    });
    const byPage = page(
      { methods: ['QRIS', 'VIRTUAL_ACCOUNT_BCA'], callbackUrl: 'https://shop.example', linkTemplate: TEMPLATE },
      { customerEmail: 'budi@shop.example', receipt: { template: TEMPLATE } },
    );
    expect(read(byPage)).toMatchObject({
      receipt: { body: null, template: READ_TEMPLATE },
      terms: {
        ...{ methods: ['QRIS', 'VIRTUAL_ACCOUNT_BCA'], callbackUrl: 'https://shop.example/' },
        ...{ linkTemplate: READ_TEMPLATE, customerEmail: 'budi@shop.example' },
      },
    });
  });

  it.each([
    ['INR', chat({}, { currency: 'IDR' })],
    ['IDR', page({}, { currency: 'INR' })],
  ])('is paid in %s alone, by the way it is asked for', (_currency, input) => {
    expect(refusedAt(input)).toBe('currency');
  });

  it('says how it is asked for', () => {
    expect(refusedAt({ ...chat(), via: {} })).toBe('via');
  });

  it('knows its account by the UUID; what cannot be an account is none that exists', () => {
    for (const accountId of ['', 'acc_1', ACCOUNT.toUpperCase(), ACCOUNT.replace('acc', 'pay')])
      expect(read(chat({}, { accountId })).accountId).toBe('');
  });

  it('reads the number in the caller’s country', () => {
    expect(read(chat({}, { to: '098765 43210' }), IN).to).toBe('+919876543210');
    expect(refused(chat({}, { to: '098765 43210' }))).toEqual({ code: 'INVALID_PHONE_NUMBER', field: 'to' });
  });

  it.each([
    ['referenceId', chat({}, { referenceId: 'INV\0' })],
    ['order.items.0.name', chat({}, { order: { ...ORDER, items: [{ ...ORDER.items[0]!, name: '\ud83d' }] } })],
    ['via.whatsapp.template.params.0', chat({ template: { ...TEMPLATE, params: ['\0'] } })],
    ['receipt.body', chat({}, { receipt: { body: 'a\0' } })],
  ])('holds nothing at %s that no row can hold', (field, input) => {
    expect(refusedAt(input)).toBe(field);
  });

  it('is refused for its order at the order’s own field', () => {
    expect(refusedAt(page({}, { order: { ...ORDER, discount: 20_001n } }))).toBe('order.discount');
    const input = chat({}, { order: { ...ORDER, total: 20_001n } });
    expect(readPayment(input, ID)).toMatchObject({ code: 'AMOUNT_MISMATCH', field: 'order.total' });
  });
});

describe('a reference', () => {
  it.each(['A', 'INV-77_2.b', '.', 'x'.repeat(35)])('may be %s in the chat', (referenceId) => {
    expect(read(chat({}, { referenceId })).referenceId).toBe(referenceId);
  });

  it.each(['', 'INV 77', ' INV77', 'INV77\n', 'INV/77', 'INV#77', 'fâktur', '７７', 'x'.repeat(36)])(
    'may not be %j, however it is asked for',
    (referenceId) => {
      expect(refusedAt(chat({}, { referenceId }))).toBe('referenceId');
      expect(refusedAt(page({ methods: ['QRIS'] }, { referenceId }))).toBe('referenceId');
    },
  );

  it('has at most 30 characters where a card may pay', () => {
    const [thirty, longer, longest] = ['x'.repeat(30), 'x'.repeat(31), 'x'.repeat(35)];
    for (const methods of [undefined, null, [], ['CREDIT_CARD'], ['QRIS', 'CREDIT_CARD']]) {
      expect(read(page({ methods }, { referenceId: thirty })).referenceId).toBe(thirty);
      expect(refusedAt(page({ methods }, { referenceId: longer }))).toBe('referenceId');
    }
    expect(read(page({ methods: ['QRIS'] }, { referenceId: longest })).referenceId).toBe(longest);
  });

  it('has letters and digits alone where the card for civil servants is a method', () => {
    const methods = ['QRIS', 'KARTU_KREDIT_INDONESIA'];
    expect(read(page({ methods }, { referenceId: 'INV77' })).referenceId).toBe('INV77');
    for (const referenceId of ['INV-77', 'INV_77', 'INV.77'])
      expect(refusedAt(page({ methods }, { referenceId }))).toBe('referenceId');
  });
});

describe('a text of a payment', () => {
  it.each<[string, number, (text: string) => CreateInput]>([
    ['via.whatsapp.body', 1024, (body) => chat({ body })],
    ['via.whatsapp.footer', 60, (footer) => chat({ footer })],
    ['via.whatsapp.configuration', 60, (configuration) => chat({ configuration })],
    ['receipt.body', 1024, (body) => chat({}, { receipt: { body } })],
    ['customerName', 128, (customerName) => chat({}, { customerName })],
    ['expiryDescription', 120, (text) => chat({}, { expiryDescription: text, expiresAt: LATER })],
    ['expiryDescription', 120, (text) => page({}, { expiryDescription: text })],
    ['idempotencyKey', 255, (idempotencyKey) => page({}, { idempotencyKey })],
  ])('at %s has at most %i characters', (field, longest, write) => {
    expect(read(write('x'.repeat(longest)))).toBeDefined();
    expect(refusedAt(write('x'.repeat(longest + 1)))).toBe(field);
  });

  it.each<[string, CreateInput]>([
    ['via.whatsapp.body', chat({ body: ' \n' })],
    ['via.whatsapp.configuration', chat({ configuration: '' })],
    ['receipt.body', chat({}, { receipt: { body: '' } })],
    ['idempotencyKey', chat({}, { idempotencyKey: '' })],
  ])('at %s says something', (field, input) => {
    expect(refusedAt(input)).toBe(field);
  });

  it('about the end of a chat order goes with its time', () => {
    expect(refusedAt(chat({}, { expiryDescription: 'Sampai besok' }))).toBe('expiryDescription');
  });
});

describe('the address of a mail', () => {
  it.each(['budi@shop.example', 'budi+1@mail.shop.co.id', `${'x'.repeat(115)}@shop.example`])('may be %s', (email) => {
    expect(read(page({}, { customerEmail: email })).terms).toMatchObject({ customerEmail: email });
  });

  it.each([
    ...['budi', 'budi@shop', '@shop.example', 'budi@', 'a b@shop.example', 'a@b@shop.example', 'a@shop.example.'],
    ...['a\u0001@shop.example', 'a@shop.example\n', `${'x'.repeat(116)}@shop.example`],
  ])('may not be %j, in the chat either', (customerEmail) => {
    expect(refusedAt(page({}, { customerEmail }))).toBe('customerEmail');
    expect(refusedAt(chat({}, { customerEmail }))).toBe('customerEmail');
  });
});

describe('how an order in the chat is paid', () => {
  it.each([
    ...['upi', 'payment_gateway', 'payment_gateway:razorpay', 'payment_gateway:payu', 'payment_gateway:billdesk'],
    'payment_gateway:zaakpay',
  ])('may be %s', (paymentType) => {
    expect(read(chat({ paymentType })).terms).toMatchObject({ paymentType });
  });

  it.each(['', 'UPI', 'upi:gpay', 'payment_gateway:', 'payment_gateway:stripe', 'payment_gateway:payu ', 'cash'])(
    'may not be %j',
    (paymentType) => {
      expect(refusedAt(chat({ paymentType }))).toBe('via.whatsapp.paymentType');
    },
  );

  it.each(['shop.example/a.jpg', 'https://a.example\\@b.example/', 'data:image/png;base64,AAAA', '', 'https://a b/'])(
    'shows no picture from %j',
    (headerImage) => {
      expect(refusedAt(chat({ headerImage }))).toBe('via.whatsapp.headerImage');
    },
  );
});

describe('a page', () => {
  it.each([
    ['via.checkout.methods.1', ['QRIS', 'qris']],
    ['via.checkout.methods.0', ['']],
    ['via.checkout.methods.0', ['X'.repeat(65)]],
    ['via.checkout.methods.2', ['QRIS', 'JENIUS_PAY', 'QRIS']],
    ['via.checkout.methods', Array.from({ length: 101 }, (_, index) => `METHOD_${index}`)],
  ])('is refused at %s', (field, methods) => {
    expect(refusedAt(page({ methods }))).toBe(field);
  });

  it('takes methods that nobody has heard of', () => {
    const methods = Array.from({ length: 100 }, (_, index) => `METHOD_${index}`);
    expect(read(page({ methods })).terms).toMatchObject({ methods });
  });

  it.each([
    'shop.example',
    'ftp://shop.example/',
    'javascript:alert(1)',
    'https://me:pw@shop.example/',
    'https://a b/',
  ])('does not lead back to %j', (callbackUrl) => {
    expect(refusedAt(page({ callbackUrl }))).toBe('via.checkout.callbackUrl');
  });
});

describe('a receipt', () => {
  it('says something', () => {
    expect(refusedAt(chat({}, { receipt: {} }))).toBe('receipt');
    expect(refusedAt(page({}, { receipt: { body: null, template: null } }))).toBe('receipt');
  });

  it('is a template at a checkout', () => {
    expect(refusedAt(page({}, { receipt: { body: 'Lunas', template: TEMPLATE } }))).toBe('receipt.body');
  });

  it.each<[string, (template: NonNullable<WrittenChat['template']>) => CreateInput]>([
    ['receipt.template', (template) => chat({}, { receipt: { template } })],
    ['via.whatsapp.template', (template) => chat({ template })],
    ['via.checkout.linkTemplate', (linkTemplate) => page({ linkTemplate })],
  ])('and every template is held to what a message’s is: %s', (field, write) => {
    expect(refusedAt(write({ ...TEMPLATE, headerMedia: { type: 'IMAGE' } }))).toBe(`${field}.headerMedia`);
  });
});

describe('an idempotency key', () => {
  const hashOf = (input: CreateInput, caller = ID): string =>
    read({ idempotencyKey: 'inv-1', ...input }, caller).idempotency?.hash.toString('hex') ?? '';

  it.each<[string, CreateInput, typeof ID]>([
    ['as people dial the number', chat({}, { to: '98765 43210' }), IN],
    ['with the total that it has anyway', chat({}, { order: { ...ORDER, total: 20_000n } }), ID],
    ['with blanks for what is not said', chat({ footer: ' ' }, { customerName: '', expiryDescription: '' }), ID],
    ['under another key', chat({}, { idempotencyKey: 'inv-2' }), ID],
  ])('is bound to the same payment %s', (_what, input, caller) => {
    expect(hashOf(input, caller)).toBe(hashOf(chat()));
  });

  it.each<[string, CreateInput]>([
    ['account', chat({}, { accountId: ACCOUNT })],
    ['reference', chat({}, { referenceId: 'INV-2' })],
    ['number', chat({}, { to: '+919876543211' })],
    ['order', chat({}, { order: { ...ORDER, tax: 1n } })],
    ['text', chat({ body: 'Bayar' })],
    ['receipt', chat({}, { receipt: { body: 'Lunas' } })],
    ['customer', chat({}, { customerName: 'Budi' })],
    ['end', chat({}, { expiresAt: LATER })],
  ])('is bound to its %s', (_what, input) => {
    expect(hashOf(input)).not.toBe(hashOf(chat()));
  });
});
