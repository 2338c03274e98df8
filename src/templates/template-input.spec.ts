import { describe, expect, it } from 'vitest';
import { isProblem } from '../common/problem.js';
import {
  checkPatch,
  checkTemplate,
  type CheckedTemplate,
  saysOther,
  type TemplateInput,
  type TemplatePatch,
} from './template-input.js';

const INPUT: TemplateInput = {
  name: 'order_paid',
  language: 'id',
  channel: 'WHATSAPP',
  category: 'UTILITY',
  body: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
  buttons: [],
  samples: [],
};

function checked(over: Partial<TemplateInput> = {}): CheckedTemplate {
  const template = checkTemplate({ ...INPUT, ...over });
  if (isProblem(template)) throw new Error(`${template.code} at ${template.field}`);
  return template;
}

const button = (
  type: TemplateInput['buttons'][number]['type'],
  more: { text?: string; url?: string; phone?: string } = {},
): TemplateInput['buttons'][number] => ({
  type,
  text: 'Buka',
  ...more,
});
const header = (text: string): Partial<TemplateInput> => ({ header: { format: 'TEXT', text } });

describe('a template', () => {
  it('is kept with null for what was left out', () => {
    expect(checked({ buttons: [button('QUICK_REPLY')] })).toEqual({
      ...INPUT,
      header: null,
      footer: null,
      buttons: [{ type: 'QUICK_REPLY', text: 'Buka', url: null, phone: null }],
    });
  });

  it.each([
    ['id', 'id'],
    ['ID', 'id'],
    ['en-US', 'en_US'],
    ['EN_us', 'en_US'],
    ['zh-hans', 'zh_Hans'],
  ])('is kept in the language %s as WhatsApp writes it, %s', (written, language) => {
    expect(checked({ language: written })).toMatchObject({ language });
  });

  const fits: [string, Partial<TemplateInput>][] = [
    ['a name of 128 characters', { name: 'a'.repeat(128) }],
    ['a language with a region', { language: 'en_US' }],
    ['a language of three letters', { language: 'fil' }],
    ['a body of 4096 characters', { body: 'x'.repeat(4096) }],
    ['a header of 60 characters', header('x'.repeat(60))],
    ['a header with one value', header('Halo {{1}}')],
    ['a header with a picture', { header: { format: 'IMAGE' } }],
    ['a footer of 60 characters', { footer: 'x'.repeat(60) }],
    ['ten buttons', { buttons: Array.from({ length: 10 }, () => button('QUICK_REPLY')) }],
    ['a button of 25 characters', { buttons: [button('QUICK_REPLY', { text: 'x'.repeat(25) })] }],
    ['a sample for each placeholder', { samples: ['Budi', 'A-1'] }],
    ['an SMS that is its body alone', { channel: 'SMS' }],
    ['an address that ends in a value', { buttons: [button('URL', { url: 'https://x.example/{{1}}' })] }],
    [
      'a code and a button that copies it',
      { category: 'AUTHENTICATION', body: '{{1}} adalah kode Anda.', buttons: [button('OTP')] },
    ],
  ];
  it.each(fits)('with %s is taken', (_what, over) => {
    expect(checked(over)).toMatchObject(over.header || over.buttons ? {} : over);
  });

  const breaks: [string, Partial<TemplateInput>, string][] = [
    ['an empty name', { name: '' }, 'name'],
    ['a name in capitals', { name: 'Order' }, 'name'],
    ['a name with a line break', { name: 'order\n' }, 'name'],
    ['a name of 129 characters', { name: 'a'.repeat(129) }, 'name'],
    ['a language in words', { language: 'bahasa' }, 'language'],
    ['an empty body', { body: ' \n' }, 'body'],
    ['a body of 4097 characters', { body: 'x'.repeat(4097) }, 'body'],
    ['a body with a gap in its placeholders', { body: '{{1}} {{3}}' }, 'body'],
    ['a NUL in its body', { body: 'a\0' }, 'body'],
    ['half a character in a sample', { samples: ['x', '\ud83d'] }, 'samples.1'],
    ['a header without text', { header: { format: 'TEXT' } }, 'header.text'],
    ['a header of 61 characters', header('x'.repeat(61)), 'header.text'],
    ['a header with two values', header('{{1}} {{2}}'), 'header.text'],
    ['a header whose value is not the first', header('{{2}}'), 'header.text'],
    ['an empty footer', { footer: '' }, 'footer'],
    ['a footer of 61 characters', { footer: 'x'.repeat(61) }, 'footer'],
    ['a footer with a value', { footer: 'Halo {{1}}' }, 'footer'],
    ['eleven buttons', { buttons: Array.from({ length: 11 }, () => button('QUICK_REPLY')) }, 'buttons'],
    ['a button of 26 characters', { buttons: [button('QUICK_REPLY', { text: 'x'.repeat(26) })] }, 'buttons.0.text'],
    ['a URL button without a URL', { buttons: [button('QUICK_REPLY'), button('URL')] }, 'buttons.1.url'],
    [
      'two values in an address',
      { buttons: [button('URL', { url: 'https://x.example/{{1}}/{{2}}' })] },
      'buttons.0.url',
    ],
    ['a value inside an address', { buttons: [button('URL', { url: 'https://x.example/{{1}}/a' })] }, 'buttons.0.url'],
    ['an address that is a value', { buttons: [button('URL', { url: '{{1}}' })] }, 'buttons.0.url'],
    ['a named value in an address', { buttons: [button('URL', { url: 'https://x/{{id}}' })] }, 'buttons.0.url'],
    ['a phone button without a phone', { buttons: [button('PHONE_NUMBER')] }, 'buttons.0.phone'],
    ['fewer samples than placeholders', { samples: ['Budi'] }, 'samples'],
    ['an SMS with a header', { channel: 'SMS', ...header('x') }, 'header'],
    ['an SMS with a footer', { channel: 'SMS', footer: 'x' }, 'footer'],
    ['an SMS with buttons', { channel: 'SMS', buttons: [button('QUICK_REPLY')] }, 'buttons'],
  ];
  it.each(breaks)('with %s is refused at that field', (_what, over, field) => {
    expect(checkTemplate({ ...INPUT, ...over })).toMatchObject({ code: 'INVALID_INPUT', field });
  });
});

describe('a change of a template', () => {
  const template = checked({
    header: { format: 'TEXT', text: 'Toko' },
    footer: 'STOP untuk berhenti',
    buttons: [button('QUICK_REPLY')],
    samples: ['Budi', 'A-1'],
  });
  const patched = (patch: TemplatePatch, of = template): unknown => checkPatch(of, patch);
  const { name: _name, language: _language, channel: _channel, ...text } = template;

  it('leaves what is left out', () => {
    expect(patched({})).toEqual(text);
    expect(patched({ category: 'MARKETING' })).toEqual({ ...text, category: 'MARKETING' });
    expect(patched({ category: null, body: null, buttons: null, samples: null })).toEqual(text);
  });

  it('takes the header and the footer away with null, and the buttons with none', () => {
    expect(patched({ header: null, footer: null, buttons: [] })).toEqual({
      ...text,
      header: null,
      footer: null,
      buttons: [],
    });
  });

  it.each<[string, TemplatePatch, string]>([
    ['an empty body', { body: ' ' }, 'body'],
    ['samples for another body', { body: 'Halo {{1}}.' }, 'samples'],
    ['a header of 61 characters', { header: { format: 'TEXT', text: 'x'.repeat(61) } }, 'header.text'],
    ['an empty footer', { footer: '' }, 'footer'],
    ['a button without a text', { buttons: [button('QUICK_REPLY', { text: '' })] }, 'buttons.0.text'],
    ['half a character', { footer: '\ud83d' }, 'footer'],
  ])('with %s is refused at that field', (_what, patch, field) => {
    expect(patched(patch)).toMatchObject({ code: 'INVALID_INPUT', field });
  });

  it('is not refused for what a provider let through elsewhere', () => {
    const foreign = { ...template, buttons: [{ type: 'OTHER' as const, text: '', url: null, phone: null }] };
    expect(patched({ footer: 'Terima kasih' }, foreign)).toMatchObject({ footer: 'Terima kasih' });
  });

  it('keeps an SMS its body alone', () => {
    expect(patched({ footer: 'x' }, checked({ channel: 'SMS' }))).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'footer',
    });
  });

  it.each<[string, TemplatePatch, boolean]>([
    ['the body', { body: 'Hai {{1}}, pesanan {{2}} lunas.' }, true],
    ['the header', { header: { format: 'TEXT', text: 'Warung' } }, true],
    ['the footer', { footer: null }, true],
    ['a button', { buttons: [] }, true],
    ['the same again', { body: INPUT.body, header: { format: 'TEXT', text: 'Toko' } }, false],
    ['the samples', { samples: ['Siti', 'A-2'] }, false],
    ['the sample of the header', { header: { format: 'TEXT', text: 'Toko', sample: 'x' } }, false],
    ['the category', { category: 'MARKETING' }, false],
  ])('of %s: a person reads something else %s', (_what, patch, other) => {
    expect(saysOther(template, { ...template, ...(patched(patch) as object) })).toBe(other);
  });
});
