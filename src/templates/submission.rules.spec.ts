import { describe, expect, it } from 'vitest';
import { type TemplateButton, type TemplateButtonType, type TemplateHeader } from '../providers/ports/templates.js';
import { submissionProblem } from './submission.rules.js';
import { type TemplateText } from './template-input.js';

const TEXT: TemplateText = {
  category: 'UTILITY',
  body: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
  header: null,
  footer: null,
  buttons: [],
  samples: ['Budi', 'A-17'],
};

const button = (type: TemplateButtonType, more: Partial<TemplateButton> = {}): TemplateButton => ({
  ...{ type, text: 'Buka', url: type === 'URL' ? 'https://toko.example' : null },
  ...{ phone: type === 'PHONE_NUMBER' ? '+628123456789' : null, ...more },
});
const buttons = (...all: TemplateButton[]): Partial<TemplateText> => ({ buttons: all });
const header = (
  format: TemplateHeader['format'],
  text: string | null,
  sample: string | null,
): Partial<TemplateText> => ({
  header: { format, text, sample },
});

describe('a template that is sent for approval', () => {
  it.each<[string, Partial<TemplateText>]>([
    ['a body with samples', {}],
    ['a body without placeholders', { body: 'Terima kasih.', samples: [] }],
    ['a body of 1024 characters', { body: 'x'.repeat(1024), samples: [] }],
    ['a placeholder before the last full stop', { body: 'Kode {{1}} dan {{2}}.' }],
    ['a header with a sample', header('TEXT', 'Halo {{1}}', 'Budi')],
    ['a plain header', header('TEXT', 'Halo', null)],
    ['a picture with a sample', header('IMAGE', null, 'https://toko.example/a.jpg')],
    ['a place', header('LOCATION', null, null)],
    ['a footer of 60 characters', { footer: 'x'.repeat(60) }],
    ['all kinds of buttons', buttons(button('URL'), button('URL'), button('PHONE_NUMBER'), button('COPY_CODE'))],
    ['a link with a value', buttons(button('URL', { url: 'https://toko.example/{{1}}' }))],
    [
      'a code, whose text is WhatsApp’s own',
      { category: 'AUTHENTICATION', body: '{{1}} adalah kode Anda.', samples: [], ...buttons(button('OTP')) },
    ],
  ])('is taken with %s', (_what, text) => {
    expect(submissionProblem({ ...TEXT, ...text })).toBeNull();
  });

  it.each<[string, Partial<TemplateText>, string]>([
    ['a body of 1025 characters', { body: 'x'.repeat(1025), samples: [] }, 'body'],
    ['a placeholder at the start', { body: '{{1}}, pesanan {{2}} siap.' }, 'body'],
    ['a placeholder after blanks at the start', { body: ' \n{{1}}, pesanan {{2}} siap.' }, 'body'],
    ['a placeholder at the end', { body: 'Halo {{1}}, ini {{2}}' }, 'body'],
    ['placeholders side by side', { body: 'Halo {{1}}{{2}}.' }, 'body'],
    ['placeholders with a blank between', { body: 'Halo {{1}} {{2}}.' }, 'body'],
    ['no samples', { samples: [] }, 'samples'],
    ['too few samples', { samples: ['Budi'] }, 'samples'],
    ['an empty sample', { samples: ['Budi', ' '] }, 'samples.1'],
    ['a header without its sample', header('TEXT', 'Halo {{1}}', null), 'header.sample'],
    ['a header of 61 characters', header('TEXT', 'x'.repeat(61), null), 'header.text'],
    ['a picture without its sample', header('IMAGE', null, null), 'header.sample'],
    ['a footer of 61 characters', { footer: 'x'.repeat(61) }, 'footer'],
    ['a footer with a placeholder', { footer: 'Halo {{1}}' }, 'footer'],
    ['eleven buttons', buttons(...Array.from({ length: 11 }, () => button('QUICK_REPLY'))), 'buttons'],
    ['three addresses', buttons(button('URL'), button('URL'), button('URL')), 'buttons.2.type'],
    ['two numbers', buttons(button('PHONE_NUMBER'), button('PHONE_NUMBER')), 'buttons.1.type'],
    ['two codes', buttons(button('COPY_CODE'), button('COPY_CODE')), 'buttons.1.type'],
    ['a button of no known kind', buttons(button('OTHER')), 'buttons.0.type'],
    ['a button of 26 characters', buttons(button('QUICK_REPLY', { text: 'x'.repeat(26) })), 'buttons.0.text'],
    ['a placeholder on a button', buttons(button('QUICK_REPLY', { text: 'Halo {{1}}' })), 'buttons.0.text'],
    ['an address without a scheme', buttons(button('URL', { url: 'toko.example' })), 'buttons.0.url'],
    ['a number in words', buttons(button('PHONE_NUMBER', { phone: 'nol delapan' })), 'buttons.0.phone'],
    ['a number of 21 characters', buttons(button('PHONE_NUMBER', { phone: '+'.padEnd(21, '1') })), 'buttons.0.phone'],
  ])('is refused with %s, at that field', (_what, text, field) => {
    expect(submissionProblem({ ...TEXT, ...text })).toMatchObject({ code: 'INVALID_INPUT', field });
  });
});
