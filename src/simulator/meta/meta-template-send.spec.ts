import { describe, expect, it } from 'vitest';
import { DEFAULT_META_TEMPLATES } from './meta-default-templates.js';
import { isError } from './meta-rules.js';
import { fillTemplate, sendableTemplate } from './meta-template-send.js';
import { type MetaComponent, type MetaTemplate } from './meta-template.js';

const text = (value: string): object => ({ type: 'text', text: value });
const named = (name: string, value: string): object => ({ type: 'text', parameter_name: name, text: value });
const body = (...parameters: object[]): object => ({ type: 'body', parameters });
const header = (...parameters: object[]): object => ({ type: 'header', parameters });
const press = (sub_type: string, index: string | number, ...parameters: object[]): object => ({
  type: 'button',
  sub_type,
  index,
  parameters,
});
const pdf = { type: 'document', document: { link: 'https://example.com/a.pdf', filename: 'a.pdf' } };

const whole = (name: string, change: Partial<MetaTemplate> = {}): MetaTemplate => {
  const known = DEFAULT_META_TEMPLATES.find((one) => one.name === name && one.language === 'id');
  if (known === undefined) throw new Error(name);
  return { ...known, id: '1', status: 'APPROVED', rejectedReason: 'NONE', edits: [], ...change };
};
const withButtons = (...buttons: { type: string; url?: string }[]): MetaTemplate => {
  const components: MetaComponent[] = [
    { type: 'BODY', text: 'Halo' },
    { type: 'BUTTONS', buttons },
  ];
  return whole('order_ready', { components });
};

function codeOf(template: MetaTemplate, ...components: object[]): number | null {
  const filled = fillTemplate(template, { components });
  return isError(filled) ? filled.code : null;
}

describe('a template is filled', () => {
  it.each<[string, MetaTemplate, object[]]>([
    ['with as many values as placeholders', whole('order_ready'), [body(text('Budi'), text('INV-1'))]],
    [
      'with money and a time',
      whole('order_ready'),
      [
        body(
          { type: 'currency', currency: { fallback_value: 'Rp 10', code: 'IDR', amount_1000: 10_000 } },
          { type: 'date_time', date_time: { fallback_value: 'hari ini' } },
        ),
      ],
    ],
    ['with its document', whole('order_document'), [header(pdf), body(text('Budi'))]],
    [
      'by names, in any order',
      whole('named_order'),
      [body(named('order_id', 'INV-1'), named('customer_name', 'Budi'))],
    ],
    ['with a code in body and button', whole('login_code'), [body(text('123456')), press('url', '0', text('123456'))]],
    [
      'with the index of a button as a number',
      withButtons({ type: 'QUICK_REPLY' }),
      [press('quick_reply', 0, { type: 'payload', payload: 'P' })],
    ],
    ['with a quick reply left alone', withButtons({ type: 'QUICK_REPLY' }), []],
    [
      'with the end of a link',
      withButtons({ type: 'URL', url: 'https://example.com/{{1}}' }),
      [press('url', '0', text('abc'))],
    ],
    [
      'with a coupon',
      withButtons({ type: 'COPY_CODE' }),
      [press('copy_code', '0', { type: 'coupon_code', coupon_code: 'HEMAT' })],
    ],
  ])('%s', (_, template, components) => expect(codeOf(template, ...components)).toBeNull());

  it('and its values are those of the body, the header and the buttons', () => {
    const filled = fillTemplate(whole('order_document'), { components: [header(pdf), body(text('Budi'))] });
    expect(filled).toEqual(['Budi', 'https://example.com/a.pdf']);
  });
});

describe('a template is refused', () => {
  const two = (first: string): object[] => [body(text(first), text('INV-1'))];

  it.each<[string, number, MetaTemplate, object[]]>([
    ['with too few values', 132000, whole('order_ready'), [body(text('Budi'))]],
    ['with none', 132000, whole('order_ready'), []],
    ['with a header that it does not take', 132000, whole('order_ready'), [header(text('A')), ...two('Budi')]],
    ['without its document', 132012, whole('order_document'), [body(text('Budi'))]],
    ['with a text for its document', 132012, whole('order_document'), [header(text('A')), body(text('Budi'))]],
    ['with an empty value', 131008, whole('order_ready'), two('')],
    ['with a new line', 100, whole('order_ready'), two('Budi\nSari')],
    ['with a tab', 100, whole('order_ready'), two('Budi\tSari')],
    ['with five blanks in a row', 100, whole('order_ready'), two('Budi     Sari')],
    ['when it grows too long', 132005, whole('order_ready'), two('x'.repeat(1020))],
    ['by numbers where it has names', 100, whole('named_order'), [body(text('Budi'), text('INV-1'))]],
    [
      'by a name that it does not have',
      100,
      whole('named_order'),
      [body(named('customer_name', 'B'), named('order', 'I'))],
    ],
    ['without the code in the button', 131008, whole('login_code'), [body(text('123456'))]],
    [
      'with another code in the button',
      132012,
      whole('login_code'),
      [body(text('123456')), press('url', '0', text('654321'))],
    ],
    [
      'with a long code',
      131009,
      whole('login_code'),
      [body(text('x'.repeat(16))), press('url', '0', text('x'.repeat(16)))],
    ],
    ['without the end of a link', 131008, withButtons({ type: 'URL', url: 'https://example.com/{{1}}' }), []],
    [
      'with a value for a button that takes none',
      132000,
      withButtons({ type: 'URL', url: 'https://example.com' }),
      [press('url', '0', text('a'))],
    ],
    [
      'with a value for a button that is not there',
      132000,
      withButtons({ type: 'QUICK_REPLY' }),
      [press('quick_reply', 1, { type: 'payload', payload: 'P' })],
    ],
    ['with a button of another type', 132012, withButtons({ type: 'COPY_CODE' }), [press('url', '0', text('a'))]],
    ['with a component in capitals of its own', 131009, whole('order_ready'), [{ type: 'carousel' }]],
  ])('%s', (_, code, template, components) => expect(codeOf(template, ...components)).toBe(code));

  it.each<[number, MetaTemplate | undefined]>([
    [132001, undefined],
    [132001, whole('order_ready', { status: 'PENDING' })],
    [132001, whole('order_ready', { status: 'REJECTED' })],
    [132015, whole('order_ready', { status: 'PAUSED' })],
    [132016, whole('order_ready', { status: 'DISABLED' })],
  ])('with %i while it cannot be sent', (code, template) => {
    expect(sendableTemplate(template, 'order_ready', 'id')).toMatchObject({ code });
  });

  it('four blanks in a row are fine', () => expect(codeOf(whole('order_ready'), ...two('Budi    Sari'))).toBeNull());
});
