import { describe, expect, it } from 'vitest';
import {
  account,
  ANI,
  around,
  cabang,
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
import { type Send } from './send-input.js';
import { type KnownFile } from './planned-content.js';
import { type Surroundings } from './send-planner.js';

describe('a text', () => {
  const where = around({ accounts: [account(11), toko, cabang], kinds: KINDS });

  it('goes through the first account that carries texts', () => {
    expect(plan(send({ content: TEXT }), where)).toMatchObject({
      account: { id: toko.id },
      content: TEXT,
      priority: 1,
      person: ANI,
      recipientId: null,
    });
  });

  it('takes the priority that it is sent with', () => {
    expect(plan(send({ content: TEXT, priority: 'HIGH' }), where).priority).toBe(0);
  });

  it('that no account carries is UNSUPPORTED_BY_PROVIDER, and the problem names the providers that could', () => {
    expect(problemOf(send({ content: TEXT }), around())).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'content.text',
      message: expect.stringContaining('Meta, Exotel'),
    });
  });

  it('is not sent to a person who opted out of all, and is to one who wants no marketing', () => {
    const by = (scope: 'ALL' | 'MARKETING'): Surroundings => ({ ...where, optOuts: new Map([[ANI, scope]]) });
    expect(refused(send({ content: TEXT }), by('ALL'))).toEqual({ code: 'RECIPIENT_OPTED_OUT', field: 'to' });
    expect(plan(send({ content: TEXT }), by('MARKETING'))).toBeDefined();
  });
});

describe('a question', () => {
  it('is kept with its choices, and nobody has chosen yet', () => {
    const content = { kind: 'interactive', text: 'Mana?', buttons: [{ id: 'a', title: 'Ya' }], list: null } as const;
    const where = around({ accounts: [toko], kinds: KINDS });
    expect(plan(send({ content }), where).content).toEqual({ ...content, replyId: null });
    expect(refused(send({ content }))).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.interactive' });
  });
});

describe('a file', () => {
  const JPEG: KnownFile = { type: 'IMAGE', mimeType: 'image/jpeg', size: 400, filename: 'bukti.jpg', ready: true };
  const picture = (over: object = {}): Send =>
    send({
      content: {
        kind: 'media',
        file: { type: 'IMAGE', url: null, mediaId: uuid(7), filename: null, ...over },
        caption: 'Bukti',
      },
    });
  const where = (file: Partial<KnownFile> = {}): Surroundings =>
    around({ accounts: [toko], kinds: KINDS, files: new Map([[uuid(7), { ...JPEG, ...file }]]) });

  it('that was uploaded is kept with what is known of it', () => {
    expect(plan(picture(), where()).content).toEqual({
      ...{ kind: 'media', type: 'IMAGE', url: null, mediaId: uuid(7), filename: 'bukti.jpg', caption: 'Bukti' },
      ...{ mimeType: 'image/jpeg', size: 400 },
    });
    expect(plan(picture({ filename: 'nota.jpg' }), where()).content).toMatchObject({ filename: 'nota.jpg' });
  });

  it('behind a link is kept as the link: nobody has looked at it', () => {
    const url = 'https://shop.example/a.jpg';
    expect(plan(picture({ url, mediaId: null }), where()).content).toMatchObject({ url, mimeType: null, size: null });
  });

  it('that does not exist is NOT_FOUND', () => {
    const missing = { code: 'NOT_FOUND', field: 'content.media.mediaId' };
    expect(refused(picture({ mediaId: uuid(8) }), where())).toEqual(missing);
    expect(refused(picture({ mediaId: '' }), where())).toEqual(missing);
  });

  it('whose bytes are not there yet is MEDIA_REJECTED', () => {
    expect(refused(picture(), where({ ready: false }))).toEqual({
      code: 'MEDIA_REJECTED',
      field: 'content.media.mediaId',
    });
  });

  it('that is of another type than it is sent as is MEDIA_REJECTED', () => {
    const problem = problemOf(picture({ type: 'VIDEO' }), where());
    expect(problem).toMatchObject({ code: 'MEDIA_REJECTED', field: 'content.media.type' });
    expect(problem.message).toContain('IMAGE (image/jpeg), not VIDEO');
  });

  it('that is too large for the account, or of a format that it does not take, is MEDIA_REJECTED', () => {
    const rejected = { code: 'MEDIA_REJECTED', field: 'content.media.mediaId' };
    expect(refused(picture(), where({ size: 5_001 }))).toEqual(rejected);
    expect(refused(picture(), where({ mimeType: 'image/png' }))).toEqual(rejected);
  });

  it('of a type that no account takes is UNSUPPORTED_BY_PROVIDER', () => {
    expect(refused(picture({ type: 'VIDEO' }), where({ type: 'VIDEO', mimeType: 'video/mp4' }))).toEqual({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'content.media.type',
    });
  });

  it('in a template’s header is looked up as well', () => {
    const header = { format: 'IMAGE', text: null, sample: null } as const;
    const templates = [template({ header }, [registration(21)])];
    const headerMedia = { type: 'IMAGE', url: null, mediaId: uuid(7), filename: null } as const;
    const one = send({ content: orderPaid({ headerMedia }) });
    expect(plan(one, { ...where(), templates }).content).toMatchObject({
      header: { file: { ...headerMedia, filename: 'bukti.jpg' } },
    });
    const at = 'content.template.headerMedia';
    expect(refused(one, { ...where({ ready: false }), templates })).toMatchObject({ field: `${at}.mediaId` });
    expect(refused(one, { ...where({ type: 'DOCUMENT' }), templates })).toMatchObject({ field: `${at}.type` });
    expect(refused(one, { ...where(), templates, files: new Map() })).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a template whose values are secret', () => {
  const secret = orderPaid({ secret: true });

  it('is kept with its values, and with a text that has none of them', () => {
    expect(plan(send({ content: secret })).content).toMatchObject({
      ...{ params: ['Budi', 'A-1'], text: 'Halo ***, pesanan *** sudah dibayar.', secret: true },
    });
  });

  it('is told from any other, which is kept as the person reads it', () => {
    const { content } = plan(send());
    expect(content).toMatchObject({ text: 'Halo Budi, pesanan A-1 sudah dibayar.' });
    expect(content).not.toHaveProperty('secret');
  });
});

describe('the parts of a template', () => {
  const header = { format: 'TEXT', text: 'Untuk {{1}}', sample: null } as const;
  const buttons = [
    { type: 'QUICK_REPLY', text: 'Ya', url: null, phone: null },
    { type: 'URL', text: 'Lacak', url: 'https://toko.example/{{1}}', phone: null },
    { type: 'COPY_CODE', text: 'Salin', url: null, phone: null },
  ] as const;
  const where = around({
    accounts: [toko],
    kinds: KINDS,
    templates: [template({ header, buttons: [...buttons] }, [registration(21)])],
  });
  const values = {
    headerParams: ['Budi'],
    buttonParams: [
      { index: 2, value: 'HEMAT' },
      { index: 1, value: 'A-17' },
    ],
  };

  it('are kept with the message', () => {
    expect(plan(send({ content: orderPaid(values) }), where).content).toMatchObject({
      header: { text: 'Budi' },
      buttons: [
        { index: 1, type: 'URL', value: 'A-17' },
        { index: 2, type: 'COPY_CODE', value: 'HEMAT' },
      ],
    });
  });

  it('are left out where there are none', () => {
    expect(Object.keys(plan(send()).content)).toEqual(['kind', 'templateId', 'name', 'language', 'params', 'text']);
  });

  it.each([
    ['params.1', { params: ['Budi', 'A\n1'] }],
    ['headerParams.0', { headerParams: ['Bu\ndi'] }],
    ['buttonParams.0.value', { buttonParams: [{ index: 2, value: 'HE\nMAT' }, values.buttonParams[1]!] }],
  ])('hold no value that the provider would refuse: it is told at %s, as it was given', (at, over) => {
    expect(problemOf(send({ content: orderPaid({ ...values, ...over }) }), where)).toMatchObject({
      code: 'INVALID_INPUT',
      field: `content.template.${at}`,
      message: 'No line breaks.',
    });
  });

  it('hold any value where the provider states no rule', () => {
    expect(plan(send({ content: orderPaid({ params: ['Budi', 'A\n1'] }) }))).toBeDefined();
  });
});
