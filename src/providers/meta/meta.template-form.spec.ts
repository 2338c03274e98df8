import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draft } from '../../../test/contract/samples.js';
import { type ListedTemplate, type TemplateDraft } from '../ports/templates.js';
import { categoryOf, componentsOf, listedTemplate, statusOf } from './meta.template-form.js';

const body = {
  type: 'BODY',
  text: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
  example: { body_text: [['Bu Sri', 'INV-77']] },
};
const listed = {
  id: '564750795574598',
  name: 'order_paid',
  language: 'en_US',
  status: 'APPROVED',
  category: 'UTILITY',
  components: [body],
};

describe('a listed template', () => {
  const read = (more: object): ListedTemplate => listedTemplate({ ...listed, ...more })!;

  it('is read whole', () => {
    const components = [
      { type: 'HEADER', format: 'TEXT', text: 'Pesanan {{1}}', example: { header_text: ['INV-77'] } },
      body,
      { type: 'FOOTER', text: 'Toko Sri' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'URL', text: 'Lacak', url: 'https://shop.example/{{1}}', example: ['https://shop.example/7'] },
          { type: 'PHONE_NUMBER', text: 'Telepon', phone_number: '+6281234567890' },
        ],
      },
    ];
    expect(read({ components })).toEqual({
      externalId: 'order_paid',
      providerId: '564750795574598',
      name: 'order_paid',
      language: 'en_US',
      status: 'APPROVED',
      category: 'UTILITY',
      rejectionReason: null,
      body: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
      paramNames: [],
      header: { format: 'TEXT', text: 'Pesanan {{1}}', sample: 'INV-77' },
      footer: 'Toko Sri',
      buttons: [
        { type: 'URL', text: 'Lacak', url: 'https://shop.example/{{1}}', phone: null },
        { type: 'PHONE_NUMBER', text: 'Telepon', url: null, phone: '+6281234567890' },
      ],
      samples: ['Bu Sri', 'INV-77'],
      raw: null,
    });
  });

  it('with names has numbers in their place, and the names beside', () => {
    const text = '{{buyer}}, pesanan {{order_id}} untuk {{buyer}} sudah dibayar.';
    const example = {
      body_text_named_params: [
        { param_name: 'order_id', example: 'INV-77' },
        { param_name: 'buyer', example: 'Bu Sri' },
      ],
    };
    expect(read({ parameter_format: 'NAMED', components: [{ type: 'BODY', text, example }] })).toMatchObject({
      body: '{{1}}, pesanan {{2}} untuk {{1}} sudah dibayar.',
      paramNames: ['buyer', 'order_id'],
      samples: ['Bu Sri', 'INV-77'],
      raw: null,
    });
  });

  it('of a picture has its sample', () => {
    const header = { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['https://scontent.example/1'] } };
    expect(read({ components: [header, body] }).header).toEqual({
      format: 'IMAGE',
      text: null,
      sample: 'https://scontent.example/1',
    });
  });

  it.each([
    ['a flow', [body, { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'Isi', flow_id: '1' }] }]],
    ['a catalogue', [body, { type: 'BUTTONS', buttons: [{ type: 'CATALOG', text: 'Lihat' }] }]],
    ['a carousel', [body, { type: 'CAROUSEL', cards: [{ components: [] }] }]],
    ['a limited offer', [body, { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'x' } }]],
    ['a header of another kind', [{ type: 'HEADER', format: 'PRODUCT' }, body]],
  ])('with %s is kept in Meta’s own form, too', (_, components) => {
    expect(read({ components }).raw).toEqual({ ...listed, components });
  });

  it('keeps what its header calls the placeholder, and is sent back under that name', () => {
    const header = { type: 'HEADER', format: 'TEXT', text: 'Order {{order_id}}' };
    const { header: kept, raw } = read({ components: [header, { type: 'BODY', text: 'It was paid.' }] });
    expect(kept).toEqual({ format: 'TEXT', text: 'Order {{1}}', paramName: 'order_id', sample: null });
    expect(raw).toBeNull();
  });

  it('has buttons of another kind as such', () => {
    const components = [body, { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'Isi' }] }];
    expect(read({ components }).buttons).toEqual([{ type: 'OTHER', text: 'Isi', url: null, phone: null }]);
  });

  it('has the reason of a rejection, and none where Meta writes NONE', () => {
    expect(read({ status: 'REJECTED', rejected_reason: 'INVALID_FORMAT' })).toMatchObject({
      status: 'REJECTED',
      rejectionReason: 'INVALID_FORMAT',
    });
    expect(read({ rejected_reason: 'NONE' }).rejectionReason).toBeNull();
  });

  it('in words that nobody knows is not sent, and held to the strictest rules', () => {
    expect(read({ status: 'TELEPORTED', category: 'GOSSIP' })).toMatchObject({
      status: 'PENDING',
      category: 'MARKETING',
    });
  });

  it.each([
    ['PENDING', 'PENDING'],
    ['IN_REVIEW', 'PENDING'],
    ['APPROVED', 'APPROVED'],
    ['approved', 'APPROVED'],
    ['REJECTED', 'REJECTED'],
    ['PAUSED', 'PAUSED'],
    ['DISABLED', 'DISABLED'],
    ['LIMIT_EXCEEDED', 'DISABLED'],
    ['IN_APPEAL', 'IN_APPEAL'],
    ['DELETED', 'DELETED'],
    ['PENDING_DELETION', 'DELETED'],
    ['ARCHIVED', 'DELETED'],
  ])('that is %s stands as %s', (written, expected) => {
    expect(statusOf(written)).toBe(expected);
  });

  it.each([
    ['MARKETING', 'MARKETING'],
    ['UTILITY', 'UTILITY'],
    ['AUTHENTICATION', 'AUTHENTICATION'],
    ['authentication', 'AUTHENTICATION'],
    ['TRANSACTIONAL', 'UTILITY'],
    ['SHIPPING_UPDATE', 'UTILITY'],
    ['OTP', 'AUTHENTICATION'],
  ])('of the category %s is one of %s', (written, expected) => {
    expect(categoryOf(written)).toBe(expected);
  });

  it('is read whatever is in its places, and never throws', () => {
    const keys = ['id', 'name', 'language', 'status', 'category', 'components', 'rejected_reason'];
    const anything = fc.record(Object.fromEntries(keys.map((key) => [key, fc.oneof(fc.string(), fc.jsonValue())])));
    fc.assert(fc.property(anything, (value) => void listedTemplate(value)));
    const parts = fc.array(
      fc.record({
        type: fc.constantFrom('HEADER', 'BODY', 'BUTTONS'),
        text: fc.jsonValue(),
        buttons: fc.jsonValue(),
        example: fc.jsonValue(),
        format: fc.jsonValue(),
      }),
    );
    fc.assert(fc.property(parts, (components) => void listedTemplate({ ...listed, components })));
  });

  it('of ours comes back from Meta as it was submitted', () => {
    const full: TemplateDraft = {
      ...draft,
      paramNames: ['buyer', 'order_id'],
      header: { format: 'IMAGE', text: null, sample: '4::aW1hZ2U=' },
      footer: 'Toko Sri',
      buttons: [{ type: 'URL', text: 'Lacak', url: 'https://shop.example/{{1}}', phone: null }],
    };
    const texts = { format: 'TEXT', text: 'Pesanan {{1}}', sample: 'INV-77' } as const;
    for (const each of [full, { ...full, header: texts }, { ...full, paramNames: [], header: texts }]) {
      const form = { ...listed, language: each.language, components: componentsOf(each, null) };
      expect(listedTemplate(form)).toMatchObject({ ...each, raw: null });
    }
  });
});
