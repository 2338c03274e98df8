import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { EXE, jpeg, OGG, PDF, PNG, startShop } from '../support/files.js';
import { type FakeServer } from '../support/fake-server.js';
import { EXOTEL_CREDENTIALS, META_CREDENTIALS, person, startWorld, type World } from '../support/world.js';

let world: World;
/** A merchant's own server, whose links are sent. */
let shop: FakeServer;

beforeAll(async () => {
  world = await startWorld({ exotel: {}, sendtalk: {}, meta: {} });
  shop = await startShop({
    ...{ '/photo.png': PNG, '/once.png': PNG, '/files/invoice.pdf': PDF, '/voice.ogg': OGG },
    ...{ '/setup.jpg': EXE, '/huge.jpg': jpeg(5 * 1024 * 1024) },
  });
});
afterAll(async () => {
  await shop.close();
  await world.close();
});

type Kind = 'META' | 'EXOTEL' | 'WAPPIN' | 'SENDTALK';
const accountOf = (kind: Kind): string =>
  ({ META: world.meta, EXOTEL: world.exotel, WAPPIN: world.wappin, SENDTALK: world.sendtalk })[kind].id;

let people = 0;
/** Somebody who has just written, to whom anything may be said. */
async function somebody(kind: Kind): Promise<string> {
  const from = person(++people);
  if (kind === 'META')
    await world.simulator.receive({ kind, account: META_CREDENTIALS.phoneNumberId, from, text: 'Halo' });
  return from;
}

interface Arrived {
  readonly message: any;
  /** As the provider was sent it. */
  readonly type: string;
  readonly content: any;
  /** The body of the request, as the attempt keeps it. */
  readonly body: any;
  readonly path: string;
}

/** Sends it through the account and waits until the person has it: read, where that is reported. */
async function arrive(
  kind: Kind,
  content: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Promise<Arrived> {
  const to = await somebody(kind);
  const sent = await world.send({ to, content, accountId: accountOf(kind), ...more });
  expect(sent).toMatchObject({ __typename: 'Message', status: 'QUEUED' });
  const message = await world.answeredIn(sent.id, ...(kind === 'SENDTALK' ? ['SUBMITTED'] : ['READ', 'FAILED']));
  expect(message).toMatchObject({ status: kind === 'SENDTALK' ? 'SUBMITTED' : 'READ', problem: null });
  const found = world.simulator.ledger.messages({ kind, recipient: to.slice(1) });
  expect(found).toHaveLength(1);
  const [{ messageId, type, content: said }] = found as [(typeof found)[0]];
  expect(message.providerMessageId).toBe(messageId);
  expect(message.attempts).toMatchObject([{ outcome: 'ACCEPTED', providerMessageId: messageId }]);
  const { request } = message.attempts[0];
  return { message, type, content: said, body: JSON.parse(request.body), path: new URL(request.url).pathname };
}

const contentOf = async (id: string): Promise<any> =>
  (
    await world.ask(
      `query ($id: ID!) { message(id: $id) { content { __typename
        ... on TextContent { text } ... on MediaContent { type url mediaId mimeType size filename caption }
        ... on InteractiveContent { text buttons { id title } list { button sections { title rows { id title description } } } replyId } } } }`,
      { id },
    )
  ).message.content;

const WORDS = 'Halo, pesanan *A-17* siap diambil.\nTerima kasih 🙏';

describe('a text', () => {
  const text = { text: { text: WORDS } };

  it('goes through Meta, without a preview, and names its attempt', async () => {
    const { message, body, path, content } = await arrive('META', text);
    expect(path).toMatch(/^\/v\d+\.\d+\/106540352242922\/messages$/);
    expect(content).toEqual({ body: WORDS, preview_url: false });
    expect(body).toMatchObject({ messaging_product: 'whatsapp', to: message.to.slice(1), type: 'text' });
    expect(body.biz_opaque_callback_data).toBe(uuidOf('att', message.attempts[0].id));
    expect(JSON.stringify(message.attempts)).not.toContain(META_CREDENTIALS.accessToken);
  });

  it('goes through Exotel, with our address for its reports', async () => {
    const { message, body, path, content } = await arrive('EXOTEL', text);
    expect(path).toBe('/v2/accounts/kurir1/messages');
    expect(content).toEqual({ recipient_type: 'individual', type: 'text', text: { body: WORDS } });
    const [one] = body.whatsapp.messages;
    expect(one).toMatchObject({
      from: '+918047104710',
      to: message.to,
      custom_data: uuidOf('att', message.attempts[0].id),
    });
    const [sent] = world.simulator.ledger.messages({ messageId: message.providerMessageId });
    expect(sent?.callbackUrl).toBe(world.exotel.callbackUrl?.replace(/message$/, 'status'));
    expect(JSON.stringify(message.attempts)).not.toContain(EXOTEL_CREDENTIALS.apiToken);
  });

  it('goes through Wappin’s session call', async () => {
    const { message, body, path } = await arrive('WAPPIN', text);
    expect(path).toBe('/v1/message/do-send');
    expect(body).toEqual({
      ...{ client_id: '0009', project_id: '52', recipient_number: message.to.slice(1) },
      message_content: WORDS,
    });
  });

  it('goes through SendTalk as text, and in its faster queue as otp where it is HIGH', async () => {
    const normal = await arrive('SENDTALK', text);
    expect(normal.path).toBe('/api/v1/message/send_whatsapp');
    expect(normal.body).toEqual({ phone: normal.message.to.slice(1), messageType: 'text', body: WORDS });
    const urgent = await arrive('SENDTALK', { text: { text: '481516' } }, { priority: 'HIGH' });
    expect(urgent.body).toEqual({ phone: urgent.message.to.slice(1), messageType: 'otp', body: '481516' });
    expect(urgent.type).toBe('otp');
    const low = await arrive('SENDTALK', text, { priority: 'LOW' });
    expect(low.type).toBe('text');
  });

  it('is answered as it was written', async () => {
    const { message } = await arrive('WAPPIN', text);
    expect(await contentOf(message.id)).toEqual({ __typename: 'TextContent', text: WORDS });
  });

  it('of 4096 characters is taken by every one of them', async () => {
    const longest = 'ab '.repeat(1366).slice(0, 4096);
    for (const kind of ['META', 'EXOTEL', 'WAPPIN', 'SENDTALK'] as const)
      expect(JSON.stringify((await arrive(kind, { text: { text: longest } })).content)).toContain(longest);
  });
});

describe('a file by its link', () => {
  const link = (path: string): string => shop.url + path;
  const image = (): Record<string, unknown> => ({
    media: { type: 'IMAGE', url: link('/photo.png'), caption: 'Tas kanvas' },
  });
  const document = (): Record<string, unknown> => ({
    media: { type: 'DOCUMENT', url: link('/files/invoice.pdf'), filename: 'Faktur 7.pdf', caption: 'Faktur' },
  });
  const audio = (): Record<string, unknown> => ({ media: { type: 'AUDIO', url: link('/voice.ogg') } });

  it('is handed on to Meta, which fetches it', async () => {
    expect(await arrive('META', image())).toMatchObject({
      ...{ type: 'image', content: { link: link('/photo.png'), caption: 'Tas kanvas' } },
    });
    expect((await arrive('META', document())).content).toEqual({
      ...{ link: link('/files/invoice.pdf'), filename: 'Faktur 7.pdf', caption: 'Faktur' },
    });
    expect((await arrive('META', audio())).content).toEqual({ link: link('/voice.ogg') });
    const film = { media: { type: 'VIDEO', url: link('/film.mp4'), caption: 'Film' } };
    expect(await arrive('META', film)).toMatchObject({ type: 'video', content: { link: link('/film.mp4') } });
  });

  it('is handed on to Exotel, under the name of its type', async () => {
    expect((await arrive('EXOTEL', image())).content).toMatchObject({
      ...{ type: 'image', image: { link: link('/photo.png'), caption: 'Tas kanvas' } },
    });
    expect((await arrive('EXOTEL', document())).content).toMatchObject({
      type: 'document',
      document: { link: link('/files/invoice.pdf'), filename: 'Faktur 7.pdf', caption: 'Faktur' },
    });
    expect((await arrive('EXOTEL', audio())).content).toMatchObject({
      type: 'audio',
      audio: { link: link('/voice.ogg') },
    });
  });

  it('is handed on to SendTalk with a name, ours or the link’s own', async () => {
    const { body, message } = await arrive('SENDTALK', image());
    expect(body).toEqual({
      ...{ phone: message.to.slice(1), messageType: 'image', body: link('/photo.png') },
      ...{ filename: 'photo.png', caption: 'Tas kanvas' },
    });
    const named = { media: { type: 'IMAGE', url: link('/photo.png'), filename: 'tas.png' } };
    expect((await arrive('SENDTALK', named)).content).toEqual({ body: link('/photo.png'), filename: 'tas.png' });
  });

  it('is fetched for Wappin and uploaded to it as a form, byte for byte', async () => {
    for (const [content, path, bytes, fields] of [
      [image(), '/photo.png', PNG, { media_type: 'image', caption: 'Tas kanvas' }],
      [document(), '/files/invoice.pdf', PDF, { media_type: 'document', caption: 'Faktur' }],
      [audio(), '/voice.ogg', OGG, { media_type: 'audio' }],
    ] as const) {
      const fetched = shop.paths.filter((one) => one === path).length;
      const arrived = await arrive('WAPPIN', content);
      expect(arrived.path).toBe('/v1/message/do-send-media');
      expect(arrived.message.attempts[0].request.headers['Content-Type']).toMatch(/^multipart\/form-data; boundary=/);
      expect(arrived.type).toBe(fields.media_type);
      expect(arrived.body).toMatchObject({ ...fields, recipient_number: arrived.message.to.slice(1) });
      expect(arrived.body.caption).toBe('caption' in fields ? fields.caption : undefined);
      const uploaded = await fetch(`${world.simulator.url}/_simulator/files/${arrived.content.fileId}`);
      expect(Buffer.from(await uploaded.arrayBuffer())).toEqual(bytes);
      expect(shop.paths.filter((one) => one === path)).toHaveLength(fetched + 1);
    }
  });

  it('is looked at once for those who take the link, however many messages carry it', async () => {
    const asked = (): number => shop.paths.filter((path) => path === '/once.png').length;
    const once = { media: { type: 'IMAGE', url: link('/once.png') } };
    for (const kind of ['META', 'EXOTEL', 'SENDTALK'] as const) await arrive(kind, once);
    expect(asked()).toBe(1);
  });

  it.each(['META', 'EXOTEL', 'SENDTALK'] as const)('never reaches %s where it surely is no image', async (kind) => {
    for (const path of ['/files/invoice.pdf', '/setup.jpg', '/huge.jpg']) {
      const to = await somebody(kind);
      const content = { media: { type: 'IMAGE', url: link(path) } };
      const { id } = await world.send({ to, content, accountId: accountOf(kind) });
      const message = await world.answeredIn(id, 'FAILED');
      expect(message).toMatchObject({
        problem: { code: 'MEDIA_REJECTED', provider: null },
        attempts: [{ outcome: 'REFUSED', request: null }],
      });
      expect(world.simulator.ledger.messages({ kind, recipient: to.slice(1) })).toEqual([]);
    }
  });

  it('names the file at Wappin where nobody else does', async () => {
    const { body } = await arrive('WAPPIN', { media: { type: 'DOCUMENT', url: link('/files/invoice.pdf') } });
    expect(body.media).toMatchObject({ filename: 'invoice.pdf' });
  });

  it('that is at fault for Wappin is no problem of Wappin’s', async () => {
    const content = { media: { type: 'IMAGE', url: link('/none.png') } };
    const { id } = await world.send({ to: await somebody('WAPPIN'), content, accountId: accountOf('WAPPIN') });
    expect(await world.answeredIn(id, 'FAILED')).toMatchObject({ problem: { code: 'MEDIA_REJECTED', provider: null } });
  });

  it('is answered as it was written', async () => {
    const { message } = await arrive('EXOTEL', document());
    expect(await contentOf(message.id)).toEqual({
      ...{ __typename: 'MediaContent', type: 'DOCUMENT', url: link('/files/invoice.pdf'), mediaId: null },
      ...{ mimeType: null, size: null, filename: 'Faktur 7.pdf', caption: 'Faktur' },
    });
  });
});

describe('a question with choices', () => {
  const buttons = {
    interactive: { text: 'Kapan kami antar?', buttons: [{ id: 'am', title: 'Pagi' }, { title: 'Sore' }] },
  };
  const list = {
    interactive: {
      text: 'Pilih cabang',
      list: {
        button: 'Lihat cabang',
        sections: [
          { title: 'Jakarta', rows: [{ id: 'jkt-1', title: 'Kemang', description: 'Buka 24 jam' }] },
          { title: 'Bandung', rows: [{ id: 'bdg-1', title: 'Dago' }] },
        ],
      },
    },
  };
  const BUTTONS = {
    type: 'button',
    body: { text: 'Kapan kami antar?' },
    action: {
      buttons: [
        { type: 'reply', reply: { id: 'am', title: 'Pagi' } },
        { type: 'reply', reply: { id: 'button-2', title: 'Sore' } },
      ],
    },
  };
  const LIST = {
    type: 'list',
    body: { text: 'Pilih cabang' },
    action: {
      button: 'Lihat cabang',
      sections: [
        { title: 'Jakarta', rows: [{ id: 'jkt-1', title: 'Kemang', description: 'Buka 24 jam' }] },
        { title: 'Bandung', rows: [{ id: 'bdg-1', title: 'Dago' }] },
      ],
    },
  };

  it('goes through Meta as buttons or as a list', async () => {
    expect(await arrive('META', buttons)).toMatchObject({ type: 'interactive', content: BUTTONS });
    expect((await arrive('META', list)).content).toEqual(LIST);
  });

  it('goes through Exotel as buttons or as a list', async () => {
    expect((await arrive('EXOTEL', buttons)).content).toMatchObject({ type: 'interactive', interactive: BUTTONS });
    expect((await arrive('EXOTEL', list)).content).toMatchObject({ type: 'interactive', interactive: LIST });
  });

  it('leaves the heading of an only section out where it is empty', async () => {
    const rows = [{ id: 'a', title: 'A' }];
    const only = { interactive: { text: 'Pilih', list: { button: 'Lihat', sections: [{ title: '', rows }] } } };
    const { content: atMeta } = await arrive('META', only);
    const { content: atExotel } = await arrive('EXOTEL', only);
    for (const { action } of [atMeta, atExotel.interactive])
      expect(action).toEqual({ button: 'Lihat', sections: [{ rows }] });
  });

  it('is answered with the ids that were made up for it', async () => {
    const { message } = await arrive('EXOTEL', buttons);
    expect(await contentOf(message.id)).toEqual({
      ...{ __typename: 'InteractiveContent', text: 'Kapan kami antar?', list: null, replyId: null },
      buttons: [
        { id: 'am', title: 'Pagi' },
        { id: 'button-2', title: 'Sore' },
      ],
    });
    const other = await arrive('META', list);
    expect((await contentOf(other.message.id)).list.sections[1]).toEqual({
      ...{ title: 'Bandung', rows: [{ id: 'bdg-1', title: 'Dago', description: null }] },
    });
  });

  it('takes the route of its own capability: nobody asks Wappin, which is older', async () => {
    const { id } = await world.send({ to: person(++people), content: buttons });
    expect(await world.answeredIn(id, 'READ')).toMatchObject({ account: { kind: 'EXOTEL' } });
  });
});
