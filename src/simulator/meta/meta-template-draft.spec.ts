import { describe, expect, it } from 'vitest';
import { type Fields, isError } from './meta-rules.js';
import { readDraft } from './meta-template-draft.js';

const BODY = { type: 'BODY', text: 'Halo {{1}}, pesanan {{2}} siap.', example: { body_text: [['Budi', 'INV-1']] } };
const NAMED = {
  type: 'BODY',
  text: 'Halo {{name}}, terima kasih.',
  example: { body_text_named_params: [{ param_name: 'name', example: 'Budi' }] },
};
const plain = (text: string): object => ({ type: 'BODY', text });
const buttons = (...given: object[]): object => ({ type: 'BUTTONS', buttons: given });
const quick = (text: string): object => ({ type: 'QUICK_REPLY', text });
const url = (address: string, example?: string[]): object => ({ type: 'URL', text: 'Open', url: address, example });
const header = (text: string, ...samples: string[]): object => ({
  type: 'HEADER',
  format: 'TEXT',
  text,
  ...(samples.length > 0 && { example: { header_text: samples } }),
});

const draft = (components: object[], change: object = {}): Fields => ({
  name: 'order_ready_2',
  language: 'id',
  category: 'UTILITY',
  components,
  ...change,
});
const read = (fields: Fields): ReturnType<typeof readDraft> => readDraft(fields, (handle) => handle === '4::known');

describe('a template is taken for review', () => {
  it.each<[string, Fields]>([
    ['with samples for its variables', draft([BODY])],
    ['with named variables', draft([NAMED], { parameter_format: 'NAMED' })],
    [
      'with a header, a footer and buttons',
      draft([
        header('Pesanan {{1}}', 'INV-1'),
        BODY,
        { type: 'FOOTER', text: 'Toko' },
        buttons(quick('Ya'), url('https://example.com/{{1}}', ['https://example.com/a'])),
      ]),
    ],
    [
      'with a file that was uploaded',
      draft([{ type: 'HEADER', format: 'DOCUMENT', example: { header_handle: ['4::known'] } }, BODY]),
    ],
    ['with a place', draft([{ type: 'HEADER', format: 'LOCATION' }, BODY])],
    ['with a coupon', draft([BODY, buttons({ type: 'COPY_CODE', example: 'HEMAT' })], { category: 'MARKETING' })],
    [
      'with a number to call',
      draft([BODY, buttons({ type: 'PHONE_NUMBER', text: 'Telepon', phone_number: '+6281' + '1'.repeat(8) })]),
    ],
  ])('%s', (_, fields) => expect(read(fields)).toMatchObject({ name: 'order_ready_2' }));

  it('as a code, whose text Meta writes', () => {
    const components = [
      { type: 'BODY', add_security_recommendation: true },
      { type: 'FOOTER', code_expiration_minutes: 10 },
      buttons({ type: 'OTP', otp_type: 'COPY_CODE' }),
    ];
    const taken = read(draft(components, { category: 'AUTHENTICATION', language: 'en' }));
    expect(taken).toMatchObject({
      components: [
        { text: '*{{1}}* is your verification code. For your security, do not share this code.' },
        { text: 'This code expires in 10 minutes.' },
        { buttons: [{ type: 'OTP', text: 'Copy code' }] },
      ],
    });
  });
});

describe('a template is not taken', () => {
  const inBody = (text: string): Fields => draft([{ ...BODY, text }]);
  const media = (example?: object): Fields => draft([{ type: 'HEADER', format: 'IMAGE', example }, BODY]);
  const code = (...components: object[]): Fields => draft(components, { category: 'AUTHENTICATION' });

  it.each<[string, RegExp, Fields]>([
    ['with capitals in its name', /Param name/, draft([BODY], { name: 'Order' })],
    ['in a language that is none', /Param language/, draft([BODY], { language: 'Indonesian' })],
    ['in a category of old', /Param category/, draft([BODY], { category: 'TRANSACTIONAL' })],
    ['without a body', /type BODY is required/, draft([header('Halo')])],
    ['without components', /components is required/, draft([], { components: undefined })],
    ['without samples', /needs 1 samples/, draft([plain('Halo {{1}}, siap.')])],
    ['with samples that are no rows', /2 samples/, draft([{ ...BODY, example: { body_text: ['Budi', 'INV-1'] } }])],
    ['with too few samples', /2 samples/, draft([{ ...BODY, example: { body_text: [['Budi']] } }])],
    ['with a gap in its numbers', /without a gap/, inBody('Halo {{1}}, pesanan {{3}} siap.')],
    ['with a variable at its start', /start or end/, inBody('{{1}}, pesanan {{2}} sudah siap.')],
    ['with a variable at its end', /start or end/, inBody('Halo {{1}}, sudah siap pesanan {{2}}')],
    ['with two variables side by side', /next to each other/, inBody('Halo {{1}} {{2}} sudah siap.')],
    ['with hardly a word of its own', /too many variables/, inBody('Ya: {{1}}, {{2}}.')],
    ['with names among numbers', /without a gap/, draft([NAMED])],
    ['with numbers among names', /not a named variable/, draft([BODY], { parameter_format: 'NAMED' })],
    ['with a body of 1025 characters', /more than 1024/, draft([plain('x'.repeat(1025))])],
    ['with a header of 61 characters', /more than 60/, draft([header('x'.repeat(61)), BODY])],
    ['with two variables in its header', /one variable/, draft([header('{{1}} dan {{2}}', 'a', 'b'), BODY])],
    ['with a file that nobody uploaded', /not a handle/, media({ header_handle: ['https://example.com/a.png'] })],
    ['with a file without a sample', /needs example.header_handle/, media()],
    ['with a variable in its footer', /cannot have variables/, draft([BODY, { type: 'FOOTER', text: 'Toko {{1}}' }])],
    ['with a footer of 61 characters', /more than 60/, draft([BODY, { type: 'FOOTER', text: 'x'.repeat(61) }])],
    [
      'with eleven buttons',
      /1 to 10 buttons/,
      draft([BODY, buttons(...Array.from({ length: 11 }, (_, n) => quick(`B${n}`)))]),
    ],
    [
      'with three links',
      /at most 2/,
      draft([BODY, buttons(url('https://a.id'), url('https://b.id'), url('https://c.id'))]),
    ],
    ['with a long button', /more than 25/, draft([BODY, buttons(quick('x'.repeat(26)))])],
    ['with a variable inside a link', /at its end/, draft([BODY, buttons(url('https://a.id/{{1}}/b', ['x']))])],
    ['with a link without an example', /needs an example/, draft([BODY, buttons(url('https://a.id/{{1}}'))])],
    [
      'with the button of a code',
      /authentication template/,
      draft([BODY, buttons({ type: 'OTP', otp_type: 'COPY_CODE' })]),
    ],
    ['as a code with a text of its own', /unexpected field/, code(plain('Kode'))],
    ['as a code without its button', /exactly one button/, code({ type: 'BODY' })],
  ])('%s', (_, words, fields) => {
    const taken = read(fields);
    expect(isError(taken) && taken.code).toBe(100);
    expect(JSON.stringify(taken)).toMatch(words);
  });
});
