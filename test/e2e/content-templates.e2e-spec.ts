import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PDF, upload } from '../support/files.js';
import { templateHandsOf } from '../support/template-hands.js';
import {
  addTemplate,
  META_CREDENTIALS,
  person,
  registerTemplate,
  startWorld,
  viaWappin,
  type World,
} from '../support/world.js';

let world: World;
/** Meta's templates by their names, in Indonesian; as they were synced. */
const synced = new Map<string, string>();

beforeAll(async () => {
  world = await startWorld({ exotel: {}, meta: {} });
  const { simulator } = world;
  const account = META_CREDENTIALS.phoneNumberId;
  const components = [
    { type: 'HEADER', format: 'TEXT', text: 'Faktur {{1}}', example: { header_text: ['7'] } },
    { type: 'BODY', text: 'Halo {{1}}, lihat pesanan Anda.', example: { body_text: [['Budi']] } },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Terima kasih' },
        { type: 'URL', text: 'Lacak', url: 'https://shop.example/o/{{1}}', example: ['https://shop.example/o/1'] },
      ],
    },
  ];
  const put = await fetch(`${simulator.url}/_simulator/meta/templates`, {
    method: 'POST',
    body: JSON.stringify({ account, name: 'order_track', language: 'id', category: 'UTILITY', components }),
  });
  expect(put.status).toBe(200);
  const hands = templateHandsOf(world.call);
  expect(await hands.sync(world.meta.id)).toMatchObject({ __typename: 'TemplateSync' });
  for (const { id, name, language } of await hands.list()) if (language === 'id') synced.set(name, id);
  simulator.configure({
    templates: [
      { kind: 'EXOTEL', name: 'login_code', language: 'id', params: 1, buttons: [0] },
      { kind: 'EXOTEL', name: 'named_order', language: 'id', params: 2 },
      { kind: 'EXOTEL', name: 'order_track', language: 'id', params: 1, header: 'text', buttons: [1] },
    ],
  });
  for (const externalId of ['login_code', 'named_order', 'order_track'])
    await registerTemplate(world.call, { id: synced.get(externalId), accountId: world.exotel.id, externalId });
  await addTemplate(world.call, {
    ...{ name: 'invoice_ready', language: 'en', body: 'Hello {{1}}, here is your invoice.', account: world.exotel },
    header: { format: 'DOCUMENT', sample: 'https://shop.example/sample.pdf' },
    buttons: [{ type: 'URL', text: 'Open', url: 'https://shop.example/i/{{1}}' }],
    samples: ['Budi'],
  });
});
afterAll(() => world.close());

let people = 0;
/** Sends the template and waits until the person has read it. Answers its form on the wire. */
async function read(accountId: string, template: Record<string, unknown>): Promise<{ message: any; template: any }> {
  const to = person(++people);
  const sent = await world.send({ to, accountId, content: { template: { language: 'id', ...template } } });
  expect(sent).toMatchObject({ __typename: 'Message' });
  const message = await world.answeredIn(sent.id, 'READ', 'FAILED');
  expect(message).toMatchObject({ status: 'READ', problem: null });
  const body = JSON.parse(message.attempts[0].request.body);
  return { message, template: body.template ?? body.whatsapp.messages[0].content.template };
}
const text = (value: string, name?: string): object => ({
  ...{ type: 'text', text: value },
  ...(name && { parameter_name: name }),
});
const both = (): readonly string[] => [world.meta.id, world.exotel.id];

describe('the values of a body', () => {
  it('go by their places, with the language and Meta’s policy', async () => {
    const { template, message } = await read(world.meta.id, { name: 'order_ready', params: ['Budi', 'A-17'] });
    expect(template).toEqual({
      ...{ name: 'order_ready', language: { code: 'id', policy: 'deterministic' } },
      components: [{ type: 'body', parameters: [text('Budi'), text('A-17')] }],
    });
    expect(message.content.text).toBe('Halo Budi, pesanan A-17 siap diambil.');
  });

  it('go by their names where the provider has names', async () => {
    for (const accountId of both()) {
      const { template, message } = await read(accountId, { name: 'named_order', params: ['Budi', 'A-17'] });
      expect(template.components).toEqual([
        { type: 'body', parameters: [text('Budi', 'customer_name'), text('A-17', 'order_id')] },
      ]);
      expect(message.content.text).toBe('Halo Budi, pesanan A-17 sedang dikirim.');
    }
  });

  it('go to Wappin numbered from 1', async () => {
    const { id } = await world.send(viaWappin(person(++people), { accountId: world.wappin.id }));
    const { attempts, to } = await world.answeredIn(id, 'READ');
    expect(new URL(attempts[0].request.url).pathname).toBe('/v1/message/do-send-hsm');
    expect(JSON.parse(attempts[0].request.body)).toEqual({
      ...{ client_id: '0009', project_id: '52', type: 'templ_uat_2', recipient_number: to.slice(1) },
      params: { '1': 'Siti', '2': '1 Maret 09.00' },
    });
  });
});

describe('a header', () => {
  it('takes the value of its text', async () => {
    for (const accountId of both()) {
      const { template } = await read(accountId, {
        ...{ name: 'order_track', headerParams: ['7'], params: ['Budi'] },
        buttonParams: [{ index: 1, value: 'A-17' }],
      });
      expect(template.components[0]).toEqual({ type: 'header', parameters: [text('7')] });
    }
  });

  it('takes a file by its link, with its name', async () => {
    const headerMedia = { type: 'DOCUMENT', url: 'https://shop.example/7.pdf', filename: 'Faktur 7.pdf' };
    const document = { link: 'https://shop.example/7.pdf', filename: 'Faktur 7.pdf' };
    const { template: atMeta } = await read(world.meta.id, { name: 'order_document', params: ['Budi'], headerMedia });
    expect(atMeta.components[0]).toEqual({ type: 'header', parameters: [{ type: 'document', document }] });
    const { template: atExotel } = await read(world.exotel.id, {
      ...{ name: 'invoice_ready', language: 'en', params: ['Budi'], headerMedia },
      buttonParams: [{ index: 0, value: '7' }],
    });
    expect(atExotel.components).toEqual([
      { type: 'header', parameters: [{ type: 'document', document }] },
      { type: 'body', parameters: [text('Budi')] },
      { type: 'button', sub_type: 'url', index: '0', parameters: [text('7')] },
    ]);
  });

  it('takes an upload: for Meta under Meta’s own id of it, for Exotel by a link of ours', async () => {
    const { body } = await upload(world.gateway, PDF, 'faktur.pdf');
    const headerMedia = { type: 'DOCUMENT', mediaId: body.id };
    const { template: atMeta } = await read(world.meta.id, { name: 'order_document', params: ['Budi'], headerMedia });
    const { document } = atMeta.components[0].parameters[0];
    expect(document).toEqual({ id: expect.stringMatching(/^\d+$/), filename: 'faktur.pdf' });
    const { template: atExotel } = await read(world.exotel.id, {
      ...{ name: 'invoice_ready', language: 'en', params: ['Budi'], headerMedia },
      buttonParams: [{ index: 0, value: '7' }],
    });
    const { link, filename } = atExotel.components[0].parameters[0].document;
    expect(filename).toBe('faktur.pdf');
    const fetched = await fetch(link);
    expect(fetched.status).toBe(200);
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(PDF);
  });
});

describe('a button', () => {
  it('takes the end of its address at its own place', async () => {
    for (const accountId of both()) {
      const { template } = await read(accountId, {
        ...{ name: 'order_track', headerParams: ['7'], params: ['Budi'] },
        buttonParams: [{ index: 1, value: 'A-17?src=wa' }],
      });
      expect(template.components[2]).toEqual({
        ...{ type: 'button', sub_type: 'url', index: '1' },
        parameters: [text('A-17?src=wa')],
      });
    }
  });

  it('repeats the code of an AUTHENTICATION template, which nobody has to say twice', async () => {
    for (const accountId of both()) {
      const { template, message } = await read(accountId, { name: 'login_code', params: ['481516'] });
      expect(template.components).toEqual([
        { type: 'body', parameters: [text('481516')] },
        { type: 'button', sub_type: 'url', index: '0', parameters: [text('481516')] },
      ]);
      expect(message.priority).toBe('HIGH');
    }
  });
});

describe('values that do not fit', () => {
  const template = (values: Record<string, unknown>): Promise<any> =>
    world.send({
      to: person(++people),
      accountId: world.meta.id,
      content: { template: { language: 'id', ...values } },
    });
  const track = {
    name: 'order_track',
    headerParams: ['7'],
    params: ['Budi'],
    buttonParams: [{ index: 1, value: 'A' }],
  };
  const file = { type: 'DOCUMENT', url: 'https://shop.example/7.pdf' };

  it.each([
    ['too few for the body', { ...track, params: [] }, 'TEMPLATE_PARAMS_MISMATCH', 'params'],
    ['none for the header', { ...track, headerParams: [] }, 'TEMPLATE_PARAMS_MISMATCH', 'headerParams'],
    ['a file for a header of text', { ...track, headerMedia: file }, 'TEMPLATE_PARAMS_MISMATCH', 'headerMedia'],
    ['none for the button', { ...track, buttonParams: [] }, 'TEMPLATE_PARAMS_MISMATCH', 'buttonParams'],
    [
      ...['one for a button that takes none', { ...track, buttonParams: [{ index: 0, value: 'A' }] }],
      ...['TEMPLATE_PARAMS_MISMATCH', 'buttonParams.0.index'],
    ],
    [
      ...['no file for a header that is one', { name: 'order_document', params: ['Budi'] }],
      ...['TEMPLATE_PARAMS_MISMATCH', 'headerMedia'],
    ],
    [
      'a picture for a document',
      { name: 'order_document', params: ['Budi'], headerMedia: { ...file, type: 'IMAGE' } },
      ...['TEMPLATE_PARAMS_MISMATCH', 'headerMedia'],
    ],
    [
      ...[
        'another code in the button',
        { name: 'login_code', params: ['1234'], buttonParams: [{ index: 0, value: '9' }] },
      ],
      ...['TEMPLATE_PARAMS_MISMATCH', 'buttonParams.0.value'],
    ],
    ['a code that is an address', { name: 'login_code', params: ['http://a.b'] }, 'INVALID_INPUT', 'params.0'],
    ['a line break', { ...track, params: ['Bu\ndi'] }, 'INVALID_INPUT', 'params.0'],
    ['five spaces in a header', { ...track, headerParams: ['7     8'] }, 'INVALID_INPUT', 'headerParams.0'],
    [
      ...['a tab in a button', { ...track, buttonParams: [{ index: 1, value: 'a\tb' }] }],
      ...['INVALID_INPUT', 'buttonParams.0.value'],
    ],
  ] as [string, Record<string, unknown>, string, string][])('are refused: %s', async (_name, values, code, field) => {
    const calls = world.simulator.ledger.counts({ kind: 'META' }).requests;
    expect(await template(values)).toMatchObject({ __typename: 'Problem', code, field: `content.template.${field}` });
    expect(world.simulator.ledger.counts({ kind: 'META' }).requests).toBe(calls);
  });
});

describe('a template with values beside the body’s', () => {
  it('is not for those who carry the body alone, and they say who could', async () => {
    const id = synced.get('order_track') as string;
    await registerTemplate(world.call, { id, accountId: world.wappin.id, externalId: 'templ_uat_2' });
    const content = {
      template: {
        ...{ name: 'order_track', language: 'id', headerParams: ['7'], params: ['Budi'] },
        buttonParams: [{ index: 1, value: 'A' }],
      },
    };
    const refused = await world.send({ to: person(++people), content, accountId: world.wappin.id });
    expect(refused).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.template.name' });
    expect(refused.message).toContain('Meta');
    expect(refused.message).toContain('Exotel');
    const { id: sent } = await world.send({ to: person(++people), content });
    expect(await world.answeredIn(sent, 'READ')).toMatchObject({ account: { kind: 'EXOTEL' } });
  });
});
