import { describe, expect, it } from 'vitest';
import { type TemplateButton, type TemplateButtonType, type TemplateHeader } from '../providers/ports/templates.js';
import { type GivenValues, orderButtonOf, readValues, templatePartsOf } from './template-values.js';

type Template = Parameters<typeof readValues>[0];

const PLAIN: Template = { category: 'UTILITY', body: 'Halo {{1}}, {{2}} siap.', header: null, buttons: [] };
const GIVEN: GivenValues = { params: ['Budi', 'A-17'], headerParams: [], headerMedia: null, buttonParams: [] };

const button = (type: TemplateButtonType, url: string | null = null): TemplateButton => ({
  ...{ type, text: 'Buka', url, phone: null },
});
const LINK = button('URL', 'https://toko.example/{{1}}');
const PLAIN_LINK = button('URL', 'https://toko.example');
const header = (format: TemplateHeader['format'], text: string | null = null): Pick<Template, 'header'> => ({
  header: { format, text, sample: null },
});

const read = (template: Partial<Template>, given: Partial<GivenValues> = {}): unknown =>
  readValues({ ...PLAIN, ...template }, { ...GIVEN, ...given }, 'at');

describe('what a send needs of a template beside the body', () => {
  it.each<[string, Partial<Template>, string[]]>([
    ['nothing', {}, []],
    ['a plain header', header('TEXT', 'Halo'), []],
    ['a header with a value', header('TEXT', 'Halo {{1}}'), ['header']],
    ['a picture', header('IMAGE'), ['header']],
    ['a place', header('LOCATION'), ['header']],
    ['a plain link', { buttons: [PLAIN_LINK] }, []],
    ['a link with a value', { buttons: [LINK] }, ['buttons']],
    ['a code to copy', { buttons: [button('COPY_CODE')] }, ['buttons']],
    ['a one-time password', { buttons: [button('OTP')] }, ['buttons']],
    ['a quick reply', { buttons: [button('QUICK_REPLY')] }, []],
    ['a picture and a link', { ...header('IMAGE'), buttons: [LINK] }, ['header', 'buttons']],
  ])('%s', (_what, template, parts) => {
    expect([...templatePartsOf({ ...PLAIN, ...template })]).toEqual(parts);
  });
});

describe('the values of a send', () => {
  it('are the body’s where nothing else takes any', () => {
    expect(read({ buttons: [button('QUICK_REPLY'), PLAIN_LINK] })).toEqual({
      ...{ params: ['Budi', 'A-17'], header: null, buttons: [] },
    });
  });

  it('hold the header’s value, or say that it is a file', () => {
    expect(read(header('TEXT', 'Halo {{1}}'), { headerParams: ['Budi'] })).toMatchObject({ header: { text: 'Budi' } });
    expect(read(header('IMAGE'), { headerMedia: { type: 'IMAGE' } })).toMatchObject({ header: 'media' });
  });

  it('hold the buttons’ values by their places, however they were given', () => {
    const template = { buttons: [LINK, button('QUICK_REPLY'), button('COPY_CODE')] };
    const buttonParams = [
      { index: 2, value: 'HEMAT' },
      { index: 0, value: 'a/17' },
    ];
    expect(read(template, { buttonParams })).toMatchObject({
      buttons: [
        { index: 0, type: 'URL', value: 'a/17' },
        { index: 2, type: 'COPY_CODE', value: 'HEMAT' },
      ],
    });
  });

  const MISMATCH = 'TEMPLATE_PARAMS_MISMATCH';
  it.each<[string, Partial<Template>, Partial<GivenValues>, string, string]>([
    ['too few of the body', {}, { params: ['Budi'] }, MISMATCH, 'at.params'],
    ['an empty one', {}, { params: ['Budi', ' '] }, 'INVALID_INPUT', 'at.params.1'],
    ['none for the header', header('TEXT', 'Halo {{1}}'), {}, MISMATCH, 'at.headerParams'],
    ['two for the header', header('TEXT', 'Halo {{1}}'), { headerParams: ['a', 'b'] }, MISMATCH, 'at.headerParams'],
    [
      'an empty one of the header',
      header('TEXT', '{{1}}'),
      { headerParams: [''] },
      'INVALID_INPUT',
      'at.headerParams.0',
    ],
    ['one for a header without', header('TEXT', 'Halo'), { headerParams: ['a'] }, MISMATCH, 'at.headerParams'],
    ['one where no header is', {}, { headerParams: ['a'] }, MISMATCH, 'at.headerParams'],
    ['one for a picture', header('IMAGE'), { headerParams: ['a'] }, MISMATCH, 'at.headerParams'],
    ['no picture', header('IMAGE'), {}, MISMATCH, 'at.headerMedia'],
    ['a video for a picture', header('IMAGE'), { headerMedia: { type: 'VIDEO' } }, MISMATCH, 'at.headerMedia'],
    ['a picture for a text', header('TEXT', 'Halo'), { headerMedia: { type: 'IMAGE' } }, MISMATCH, 'at.headerMedia'],
    ['a picture for no header', {}, { headerMedia: { type: 'IMAGE' } }, MISMATCH, 'at.headerMedia'],
    ['anything for a place', header('LOCATION'), {}, 'UNSUPPORTED_BY_PROVIDER', 'at.name'],
    ['none for a link', { buttons: [LINK] }, {}, MISMATCH, 'at.buttonParams'],
    [
      'one for a button that is not there',
      { buttons: [LINK] },
      { buttonParams: [{ index: 1, value: 'x' }] },
      ...[MISMATCH, 'at.buttonParams.0.index'],
    ] as [string, object, object, string, string],
    [
      'one for a button before the first',
      { buttons: [LINK] },
      { buttonParams: [{ index: -1, value: 'x' }] },
      ...[MISMATCH, 'at.buttonParams.0.index'],
    ] as [string, object, object, string, string],
    [
      'one for a button that takes none',
      { buttons: [LINK, PLAIN_LINK] },
      {
        buttonParams: [
          { index: 0, value: 'x' },
          { index: 1, value: 'x' },
        ],
      },
      ...[MISMATCH, 'at.buttonParams.1.index'],
    ] as [string, object, object, string, string],
    [
      'two for one button',
      { buttons: [LINK] },
      {
        buttonParams: [
          { index: 0, value: 'x' },
          { index: 0, value: 'x' },
        ],
      },
      ...[MISMATCH, 'at.buttonParams.1.index'],
    ] as [string, object, object, string, string],
    [
      'an empty one for a button',
      { buttons: [LINK] },
      { buttonParams: [{ index: 0, value: ' ' }] },
      ...['INVALID_INPUT', 'at.buttonParams.0.value'],
    ] as [string, object, object, string, string],
  ])('are refused: %s', (_what, template, given, code, field) => {
    expect(read(template, given)).toMatchObject({ code, field });
  });
});

describe('the button that opens an order', () => {
  it('is the first of those that have no name here, counted among all', () => {
    expect(orderButtonOf({ buttons: [LINK, button('OTHER'), button('OTHER')] }, 'at')).toBe(1);
  });

  it('is missing where every button has a name', () => {
    const none = { code: 'TEMPLATE_PARAMS_MISMATCH', field: 'at.name' };
    expect(orderButtonOf({ buttons: [LINK, button('QUICK_REPLY')] }, 'at')).toMatchObject(none);
    expect(orderButtonOf({ buttons: [] }, 'at')).toMatchObject(none);
  });
});

describe('the code of an AUTHENTICATION template', () => {
  const CODE: Template = {
    ...PLAIN,
    category: 'AUTHENTICATION',
    body: '{{1}} adalah kode Anda.',
    buttons: [button('OTP')],
  };

  it.each([button('OTP'), button('COPY_CODE'), LINK])('is filled in for its button: $type', (its) => {
    expect(read({ ...CODE, buttons: [its] }, { params: ['123456'] })).toEqual({
      params: ['123456'],
      header: null,
      buttons: [{ index: 0, type: its.type, value: '123456' }],
    });
  });

  it('may be said again, and may not differ', () => {
    const given = (value: string): Partial<GivenValues> => ({
      params: ['123456'],
      buttonParams: [{ index: 0, value }],
    });
    expect(read(CODE, given('123456'))).toMatchObject({ buttons: [{ value: '123456' }] });
    expect(read(CODE, given('654321'))).toMatchObject({
      code: 'TEMPLATE_PARAMS_MISMATCH',
      field: 'at.buttonParams.0.value',
    });
  });

  it.each(['1234567890123456', 'https://x.example', 'www.x.id', 'toko.id', '12😀34'])('is not %s', (code) => {
    expect(read(CODE, { params: [code] })).toMatchObject({ code: 'INVALID_INPUT', field: 'at.params.0' });
  });

  it.each(['123456', 'AB-12.34', '123456789012345', '12*3#'])('may be %s', (code) => {
    expect(read(CODE, { params: [code] })).toMatchObject({ params: [code] });
  });

  it('is a value like any other where no button carries it', () => {
    const params = ['a value of more than 15 characters'];
    expect(read({ ...CODE, buttons: [] }, { params })).toMatchObject({ params, buttons: [] });
    expect(read({ ...CODE, category: 'UTILITY' }, { params })).toMatchObject({ field: 'at.buttonParams' });
  });
});
