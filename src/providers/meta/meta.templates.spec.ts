import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN, GRAPH, type Played, json, played, within } from '../../../test/contract/meta.support.js';
import { META_WABA } from '../../../test/contract/meta.tapes.js';
import { PNG, draft } from '../../../test/contract/samples.js';
import { type HttpResult } from '../../http/http.js';
import { type TemplateDraft } from '../ports/templates.js';

const TEMPLATES = `${GRAPH}/v23.0/${META_WABA}/message_templates`;
const created = json({ id: '564750795574598', status: 'PENDING', category: 'UTILITY' });
const success = json({ success: true });
const failure = (code: number, more: object = {}): HttpResult =>
  json({ error: { code, message: 'Invalid parameter', ...more } }, 400);

async function submitted(more: Partial<TemplateDraft>): Promise<unknown> {
  const line = played([created]);
  await line.provider.templates!.submit({ ...draft, ...more }, within());
  return line.bodies()[0];
}

const button = { text: 'Lacak', url: null, phone: null };
const named = { name: 'order_paid', language: 'id', category: 'UTILITY' };
const body = {
  type: 'BODY',
  text: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
  example: { body_text: [['Bu Sri', 'INV-77']] },
};

describe('a draft', () => {
  it('is posted to the business account, with a sample for each placeholder', async () => {
    const line = played([created]);
    const answer = await line.provider.templates!.submit(draft, within());
    expect(line.asked).toMatchObject([{ method: 'POST', url: TEMPLATES }]);
    expect(line.bodies()).toEqual([{ ...named, components: [body] }]);
    expect(answer).toEqual({
      outcome: 'answered',
      externalId: 'order_paid',
      providerId: '564750795574598',
      status: 'PENDING',
      category: 'UTILITY',
      rejectionReason: null,
    });
  });

  it('stands as Meta says, in the category that Meta has found better', async () => {
    const line = played([json({ id: '1', status: 'REJECTED', category: 'MARKETING' })]);
    expect(await line.provider.templates!.submit(draft, within())).toMatchObject({
      status: 'REJECTED',
      category: 'MARKETING',
    });
  });

  it('without placeholders has no samples', async () => {
    expect(await submitted({ body: 'Terima kasih.', samples: [] })).toEqual({
      ...named,
      components: [{ type: 'BODY', text: 'Terima kasih.' }],
    });
  });

  it('has header, body, footer and buttons, in this order', async () => {
    expect(
      await submitted({
        header: { format: 'TEXT', text: 'Pesanan {{1}}', sample: 'INV-77' },
        footer: 'Toko Sri',
        buttons: [
          { ...button, type: 'QUICK_REPLY' },
          { ...button, type: 'URL', url: 'https://shop.example/{{1}}' },
          { ...button, type: 'URL', url: 'https://shop.example' },
          { ...button, type: 'PHONE_NUMBER', phone: '+6281234567890' },
          { ...button, type: 'COPY_CODE' },
        ],
      }),
    ).toEqual({
      ...named,
      components: [
        { type: 'HEADER', format: 'TEXT', text: 'Pesanan {{1}}', example: { header_text: ['INV-77'] } },
        body,
        { type: 'FOOTER', text: 'Toko Sri' },
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'QUICK_REPLY', text: 'Lacak' },
            { type: 'URL', text: 'Lacak', url: 'https://shop.example/{{1}}', example: ['https://shop.example/sample'] },
            { type: 'URL', text: 'Lacak', url: 'https://shop.example' },
            { type: 'PHONE_NUMBER', text: 'Lacak', phone_number: '+6281234567890' },
            { type: 'COPY_CODE', example: 'SAMPLE10' },
          ],
        },
      ],
    });
  });

  it('with names for its placeholders is written with them', async () => {
    const header = { format: 'TEXT', text: 'Pesanan {{1}}', sample: 'INV-77' } as const;
    expect(await submitted({ paramNames: ['buyer', 'order_id'], header })).toEqual({
      ...named,
      parameter_format: 'NAMED',
      components: [
        {
          type: 'HEADER',
          format: 'TEXT',
          text: 'Pesanan {{header}}',
          example: { header_text_named_params: [{ param_name: 'header', example: 'INV-77' }] },
        },
        {
          type: 'BODY',
          text: 'Halo {{buyer}}, pesanan {{order_id}} sudah dibayar.',
          example: {
            body_text_named_params: [
              { param_name: 'buyer', example: 'Bu Sri' },
              { param_name: 'order_id', example: 'INV-77' },
            ],
          },
        },
      ],
    });
  });

  it.each([
    ['TEXT', 'Promo', null, { format: 'TEXT', text: 'Promo' }],
    ['LOCATION', null, null, { format: 'LOCATION' }],
    ['IMAGE', null, '4::aW1hZ2U=', { format: 'IMAGE', example: { header_handle: ['4::aW1hZ2U='] } }],
    ['VIDEO', null, null, { format: 'VIDEO' }],
  ] as const)('has a header of %s', async (format, text, sample, expected) => {
    expect(await submitted({ header: { format, text, sample } })).toEqual({
      ...named,
      components: [{ type: 'HEADER', ...expected }, body],
    });
  });

  it.each([
    [[], {}],
    [[{ ...button, type: 'OTP' as const, text: 'Salin kode' }], { text: 'Salin kode' }],
  ])('of AUTHENTICATION leaves the text to Meta and has the button that copies the code: %o', async (buttons, more) => {
    const category = 'AUTHENTICATION';
    const samples = ['739206'];
    expect(await submitted({ category, body: '{{1}} adalah kode Anda.', samples, buttons, footer: 'x' })).toEqual({
      ...named,
      category,
      components: [
        { type: 'BODY', add_security_recommendation: true },
        { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', ...more }] },
      ],
    });
  });

  it('with a button that we cannot write is not sent', async () => {
    const line = played([created]);
    const answer = await line.provider.templates!.submit(
      { ...draft, buttons: [{ ...button, type: 'OTHER' }] },
      within(),
    );
    expect(answer).toMatchObject({ outcome: 'failed', failure: { code: 'UNSUPPORTED_BY_PROVIDER' } });
    expect(line.asked).toEqual([]);
  });

  it('that Meta refuses fails with what Meta says to the person', async () => {
    const line = played([failure(100, { error_subcode: 2388024, error_user_msg: 'Content in this language exists.' })]);
    expect(await line.provider.templates!.submit(draft, within())).toMatchObject({
      outcome: 'failed',
      retryable: false,
      failure: { providerCode: '100', providerMessage: 'Invalid parameter: Content in this language exists.' },
    });
  });

  it('that meets the limit of an hour may be submitted another time', async () => {
    expect(await played([failure(80007)]).provider.templates!.submit(draft, within())).toMatchObject({
      outcome: 'failed',
      retryable: true,
    });
  });
});

describe('the sample of a header', () => {
  const link = 'https://shop.example/img/promo.png?v=2';
  const header = { format: 'IMAGE', text: null, sample: link } as const;
  const picture: HttpResult = { kind: 'answer', status: 200, headers: { 'content-type': 'image/png' }, body: PNG };
  const session = json({ id: 'upload:MTphdHRhY2htZW50?sig=ARZqkGCA_uQ' });
  const submit = async (answers: readonly HttpResult[], more: Record<string, string>): Promise<[Played, unknown]> => {
    const line = played(answers, more);
    return [line, await line.provider.templates!.submit({ ...draft, header }, within())];
  };

  it('is fetched from its link and uploaded to the app; its handle is what is submitted', async () => {
    const [line, answer] = await submit([picture, session, json({ h: '4::aW1hZ2U=' }), created], { appId: '42' });
    expect(answer).toMatchObject({ outcome: 'answered' });
    const [got, begun, sent] = line.asked;
    expect(got).toMatchObject({ method: 'GET', url: link, headers: {} });
    expect(begun).toMatchObject({
      method: 'POST',
      url: `${GRAPH}/v23.0/42/uploads?file_name=promo.png&file_length=${PNG.length}&file_type=image%2Fpng`,
      headers: { Authorization: `Bearer ${ACCESS_TOKEN}` },
    });
    expect(sent).toMatchObject({
      method: 'POST',
      url: `${GRAPH}/v23.0/upload:MTphdHRhY2htZW50?sig=ARZqkGCA_uQ`,
      headers: { Authorization: `OAuth ${ACCESS_TOKEN}`, file_offset: '0' },
      body: PNG,
    });
    expect(line.bodies()[3]).toMatchObject({
      components: [{ type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::aW1hZ2U='] } }, body],
    });
  });

  it('that is a link needs the app: without its appId nothing is asked', async () => {
    const [line, answer] = await submit([created], {});
    expect(answer).toMatchObject({
      outcome: 'failed',
      failure: { code: 'INVALID_INPUT', message: expect.stringContaining('appId') },
      retryable: false,
    });
    expect(line.asked).toEqual([]);
  });

  it('that is no link is a handle, and is handed on as it is', async () => {
    const handle = '4::aW1hZ2U=';
    expect(await submitted({ header: { ...header, sample: handle } })).toMatchObject({
      components: [{ example: { header_handle: [handle] } }, body],
    });
  });

  it('is not looked at where Meta has no header, in a template of AUTHENTICATION', async () => {
    expect(await submitted({ category: 'AUTHENTICATION', header })).toMatchObject({ category: 'AUTHENTICATION' });
  });

  it.each<[string, HttpResult[], object]>([
    ['cannot be fetched', [{ kind: 'unreachable', reason: 'x' }], { code: 'MEDIA_REJECTED' }],
    ['is not there', [json({}, 404)], { code: 'MEDIA_REJECTED' }],
    ['is no picture', [json({}, 200, { 'content-type': 'text/html' })], { code: 'MEDIA_REJECTED' }],
    ['gets no session', [picture, failure(190)], { code: 'PROVIDER_AUTH_FAILED' }],
    ['gets an odd session', [picture, json({ id: 'https://elsewhere.example/' })], { code: 'MEDIA_REJECTED' }],
    ['is refused', [picture, session, failure(100)], { code: 'PROVIDER_REJECTED' }],
    ['gets no handle', [picture, session, json({})], { code: 'MEDIA_REJECTED' }],
  ])('that %s lets nothing be submitted', async (_, answers, expected) => {
    const [line, answer] = await submit([...answers, created], { appId: '42' });
    expect(answer).toMatchObject({ outcome: 'failed', failure: expected });
    expect(line.asked).toHaveLength(answers.length);
  });
});

describe('a template at Meta', () => {
  it('is edited by its id: its category and components', async () => {
    const line = played([success]);
    expect(await line.provider.templates!.edit('564750795574598', draft, within())).toEqual({
      outcome: 'answered',
      externalId: 'order_paid',
      providerId: '564750795574598',
      status: 'PENDING',
      category: 'UTILITY',
      rejectionReason: null,
    });
    expect(line.asked).toMatchObject([{ method: 'POST', url: `${GRAPH}/v23.0/564750795574598` }]);
    expect(line.bodies()).toEqual([{ category: 'UTILITY', components: [body] }]);
  });

  const remove = (line: Played, providerId: string | null = '56'): unknown =>
    line.provider.templates!.remove({ externalId: 'order_paid', providerId }, within());

  it('is deleted by its name and id, which is one language of it', async () => {
    const line = played([success]);
    expect(await remove(line)).toEqual({ outcome: 'answered' });
    expect(line.asked).toMatchObject([{ method: 'DELETE', url: `${TEMPLATES}?name=order_paid&hsm_id=56` }]);
    expect(line.asked[0]?.body).toBeUndefined();
  });

  it('is not deleted by its name alone, which is every language of it', async () => {
    const line = played([success]);
    expect(await remove(line, null)).toMatchObject({ outcome: 'failed', retryable: false });
    expect(line.asked).toEqual([]);
  });

  it.each([
    ['by its title', failure(100, { error_subcode: 2593002, error_user_title: 'Message Template Not Found' })],
    ['by its words', failure(100, { error_user_msg: 'The message template was not found.' })],
    ['by its code', failure(132001)],
  ])('that is gone, %s, is as good as deleted', async (_, answer) => {
    expect(await remove(played([answer]))).toEqual({ outcome: 'answered' });
  });

  it.each([failure(100), failure(190), json({ success: false }), json('', 404)])(
    'is not deleted when Meta says otherwise: %o',
    async (answer) => {
      expect(await remove(played([answer]))).toMatchObject({ outcome: 'failed', retryable: false });
    },
  );
});

const listed = {
  id: '564750795574598',
  name: 'order_paid',
  language: 'en_US',
  status: 'APPROVED',
  category: 'UTILITY',
  components: [body],
};

describe('the list of templates', () => {
  it('is read page by page, by the cursor, to the page without a next one', async () => {
    const page = (id: string, paging: object): HttpResult => json({ data: [{ ...listed, id }], paging });
    const next = 'https://graph.facebook.com/v23.0/1/message_templates?access_token=secret&after=B';
    const line = played([
      page('1', { cursors: { before: 'A', after: 'B' }, next }),
      page('2', { cursors: { before: 'C', after: 'D+/=' }, next }),
      page('3', { cursors: { before: 'E', after: 'F' } }),
    ]);
    const ids: (string | null)[] = [];
    let after: string | null = null;
    do {
      const answer = await line.provider.templates!.page(after, within());
      if (answer.outcome === 'failed') throw new Error(answer.failure.message);
      ids.push(...answer.templates.map((each) => each.providerId));
      after = answer.next;
    } while (after !== null);
    expect(ids).toEqual(['1', '2', '3']);
    const queries = line.asked.map((each) => new URL(each.url).searchParams);
    expect(line.asked.every((each) => each.method === 'GET' && each.url.startsWith(`${TEMPLATES}?`))).toBe(true);
    expect(queries.map((query) => [query.get('limit'), query.get('after')])).toEqual([
      ['100', null],
      ['100', 'B'],
      ['100', 'D+/='],
    ]);
    expect(queries[0]?.get('fields')?.split(',')).toEqual(
      expect.arrayContaining(['id', 'name', 'language', 'status', 'category', 'components']),
    );
  });

  it('goes on after an empty page that has a next one', async () => {
    const line = played([json({ data: [], paging: { cursors: { after: 'B' }, next: 'https://x' } })]);
    expect(await line.provider.templates!.page('A', within())).toEqual({
      outcome: 'answered',
      templates: [],
      next: 'B',
    });
  });

  it.each([
    ['there is no list in it', {}],
    ['it says that there is more and not where', { data: [], paging: { next: 'https://x' } }],
  ])('cannot be read where %s', async (_, answer) => {
    expect(await played([json(answer)]).provider.templates!.page(null, within())).toMatchObject({
      outcome: 'failed',
      failure: { code: 'PROVIDER_UNAVAILABLE' },
      retryable: true,
    });
  });

  it('leaves out what has no id, name or language', async () => {
    const line = played([json({ data: [{ ...listed, id: undefined }, 7, null, { ...listed, name: '' }, listed] })]);
    const answer = await line.provider.templates!.page(null, within());
    expect(answer).toMatchObject({ outcome: 'answered', templates: [{ name: 'order_paid' }], next: null });
  });
});
