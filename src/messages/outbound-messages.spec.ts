import { ManualClock } from '../../test/support/manual-clock.js';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, queuedMessage, REFUSED } from '../../test/support/messages.js';
import { DETAILS, orderMessage, orderState, picture } from '../../test/support/orders.js';
import { carrying, uuid } from '../../test/support/surroundings.js';
import { type MediaService } from '../media/media.service.js';
import { type MerchantLinks } from '../media/merchant-links.js';
import { type Messaging, type Outbound } from '../providers/ports/messaging.js';
import { type Failure, type Outcome } from '../providers/ports/outcome.js';
import { type MessageContent, type TemplateMessage } from './message-content.js';
import { type Claimed, OutboundMessages } from './outbound-messages.js';

const LINK = 'https://shop.example/a.jpg';
const signal = new AbortController().signal;

/** What uploads there are: `uuid(7)`, of which the bytes are there, and `uuid(8)`, of which they are lost. */
const MEDIA = {
  linkTo: (_project: string, id: string) => `https://kurir.example/m/${id}`,
  find: async (_project: string, [id]: string[]) =>
    new Map([uuid(7), uuid(8)].includes(id!) ? [[id, { id, mimeType: 'image/jpeg' }]] : []),
  bytes: async (_project: string, id: string) => (id === uuid(7) ? Buffer.from('jpeg') : null),
} as unknown as MediaService;

/** Behind every link is a file, and behind `BAD` one that is surely wrong. */
const BAD = 'https://shop.example/virus.jpg';
const LINKS = {
  fetch: async (url: string, type: string) => ({
    outcome: 'answered',
    bytes: Buffer.from(url + type),
    mimeType: 'image/png',
  }),
  refusal: async (url: string) => (url === BAD ? REFUSED_LINK : null),
} as unknown as MerchantLinks;
const REFUSED_LINK: Failure = {
  ...{ code: 'MEDIA_REJECTED', message: 'It is a program.', providerCode: null, providerMessage: null },
};

const claimed = (content: MessageContent, over: Partial<Claimed> = {}): Claimed => ({
  ...{ ...queuedMessage(), content, attemptId: uuid(50), externalId: null, category: null, paramNames: null },
  ...{ headerName: null, smsExternalId: null, quotes: null },
  ...{ registrationStatus: 'APPROVED', optedOut: null, heardAt: null, ...over },
});

const outboundMessages = (): OutboundMessages => new OutboundMessages(MEDIA, LINKS, new ManualClock());

/** Sends them through a provider that answers what it is told, and notes what it is handed. */
async function send(
  batch: readonly Claimed[],
  answer: (sent: readonly Outbound[]) => readonly Outcome[] = (sent) => sent.map(() => ACCEPTED),
  able: Partial<Messaging> = {},
): Promise<{ outcomes: readonly Outcome[]; sent: readonly Outbound[][] }> {
  const sent: Outbound[][] = [];
  const messaging = carrying({
    ...able,
    send: async (messages) => {
      sent.push([...messages]);
      return answer(messages);
    },
  });
  return { outcomes: await outboundMessages().send(messaging, batch, signal), sent };
}

async function outbound(content: MessageContent, over: Partial<Claimed> = {}): Promise<Outbound> {
  const { sent } = await send([claimed(content, over)]);
  const [message] = sent.flat();
  if (!message) throw new Error('Nothing was handed to the provider.');
  return message;
}

const TEXT: MessageContent = { kind: 'text', text: 'Halo' };
const TEMPLATE: TemplateMessage = {
  ...{
    kind: 'template',
    templateId: uuid(900),
    name: 'order_paid',
    language: 'id',
    params: ['Budi'],
    text: 'Halo Budi',
  },
};
const PICTURE = {
  ...{ kind: 'media', type: 'IMAGE', url: LINK, mediaId: null, filename: 'a.jpg', caption: 'Ini', mimeType: null },
  size: null,
} as const;

describe('a message in its provider’s terms', () => {
  it('names its attempt, its request, its person and what it answers', async () => {
    const message = claimed(TEXT, { person: 'ID.77', quotes: 'wamid.1' });
    const { sent } = await send([message]);
    expect(sent).toEqual([
      [
        {
          ...{ attemptId: uuid(50), requestKey: message.requestKey, to: 'ID.77', urgent: false, quotes: 'wamid.1' },
          content: TEXT,
        },
      ],
    ]);
  });

  it('is urgent when its priority is HIGH', async () => {
    expect((await outbound(TEXT, { priority: 0 })).urgent).toBe(true);
  });

  it('of a question says its choices, and not what nobody has chosen', async () => {
    const question = { text: 'Mana?', buttons: [{ id: 'a', title: 'Ya' }], list: null };
    expect((await outbound({ kind: 'interactive', ...question, replyId: null })).content).toEqual({
      kind: 'interactive',
      ...question,
    });
  });

  it('of a template says what the account calls it, by its category and names there', async () => {
    const there = { externalId: 'TMP-1', category: 'MARKETING', paramNames: ['nama'] } as const;
    expect((await outbound(TEMPLATE, there)).content).toEqual({
      ...{ kind: 'template', externalId: 'TMP-1', language: 'id', category: 'MARKETING', params: ['Budi'] },
      ...{ paramNames: ['nama'], header: null, buttons: [], sms: null },
    });
  });

  it('of a template says its header, its buttons and the SMS that rides along', async () => {
    const buttons = [{ index: 1, type: 'URL', value: 'A-17' }] as const;
    const sms = { templateId: uuid(902), params: ['A-17'], text: 'Lunas A-17' };
    const content = { ...TEMPLATE, header: { text: 'Budi' }, buttons, sms };
    expect((await outbound(content, { externalId: 'TMP-1', smsExternalId: 'SMS-1' })).content).toMatchObject({
      ...{ header: { text: 'Budi' }, buttons, sms: { externalId: 'SMS-1', params: ['A-17'] } },
    });
    expect(
      (await outbound(content, { externalId: 'TMP-1', smsExternalId: 'SMS-1', headerName: 'nama' })).content,
    ).toMatchObject({ header: { text: 'Budi', name: 'nama' } });
    const file = { type: 'IMAGE', url: LINK, mediaId: null, filename: null } as const;
    const withFile = await outbound({ ...TEMPLATE, header: { file } }, { externalId: 'TMP-1' });
    expect(withFile.content).toMatchObject({ header: { file: { type: 'IMAGE', link: LINK } } });
  });
});

describe('an order in its provider’s terms', () => {
  it('says what is to be paid, and nothing of the payment', async () => {
    expect((await outbound(orderMessage())).content).toEqual({
      ...{ kind: 'order', text: 'Pesanan Anda', footer: 'Toko Sri', headerImage: null, details: DETAILS },
    });
  });

  it('has its picture as a file', async () => {
    const { content } = await outbound(orderMessage({ headerImage: picture({ mediaId: uuid(7) }) }));
    if (content.kind !== 'order') throw new Error(content.kind);
    expect(content.headerImage).toMatchObject({ type: 'IMAGE', link: `https://kurir.example/m/${uuid(7)}` });
    expect(await content.headerImage?.bytes(signal)).toMatchObject({ bytes: Buffer.from('jpeg') });
  });

  it('says where it stands', async () => {
    const { text, details } = orderState();
    expect((await outbound(orderState())).content).toEqual({ kind: 'orderStatus', text, details });
  });

  it('is opened by the button of its template', async () => {
    const order = { index: 1, details: DETAILS };
    const { content } = await outbound({ ...TEMPLATE, order }, { externalId: 'TMP-1' });
    expect(content).toMatchObject({ kind: 'template', buttons: [], order });
  });
});

describe('a file on its way out', () => {
  async function file(over: Partial<typeof PICTURE | { url: null; mediaId: string }>): ReturnType<typeof fileOf> {
    return fileOf(await outbound({ ...PICTURE, ...over } as MessageContent));
  }
  async function fileOf({ content }: Outbound): Promise<Extract<typeof content, { kind: 'media' }>['file']> {
    if (content.kind !== 'media') throw new Error(content.kind);
    return content.file;
  }

  it('is the merchant’s link, under no name of ours, and its bytes come from there', async () => {
    const link = await file({});
    expect(link).toMatchObject({ type: 'IMAGE', key: null, link: LINK, filename: 'a.jpg' });
    expect(await link.bytes(signal)).toEqual({
      outcome: 'answered',
      bytes: Buffer.from(`${LINK}IMAGE`),
      mimeType: 'image/png',
    });
  });

  it('is our upload, by a link of ours and by its bytes', async () => {
    const upload = await file({ url: null, mediaId: uuid(7) });
    expect(upload).toMatchObject({ key: uuid(7), link: `https://kurir.example/m/${uuid(7)}` });
    expect(await upload.bytes(signal)).toEqual({
      outcome: 'answered',
      bytes: Buffer.from('jpeg'),
      mimeType: 'image/jpeg',
    });
  });

  it.each([uuid(8), uuid(9)])('that is not there any more is MEDIA_REJECTED for good', async (mediaId) => {
    const upload = await file({ url: null, mediaId });
    expect(await upload.bytes(signal)).toMatchObject({
      outcome: 'failed',
      retryable: false,
      failure: { code: 'MEDIA_REJECTED' },
    });
  });
});

describe('what cannot be put into its provider’s terms', () => {
  const lost = claimed(TEMPLATE);
  const smsLost = claimed(
    { ...TEMPLATE, sms: { templateId: uuid(902), params: [], text: 'x' } },
    { externalId: 'TMP-1' },
  );

  it('is refused without a call: a template, or its SMS, that is registered no more', async () => {
    const { outcomes, sent } = await send([lost, smsLost]);
    expect(outcomes).toMatchObject([lost, smsLost].map(() => ({ failure: { code: 'TEMPLATE_NOT_FOUND' } })));
    expect(sent).toEqual([]);
  });

  it('does not keep the others of its batch from leaving, and each hears its own answer', async () => {
    const texts = ['a', 'b'].map((text) => claimed({ kind: 'text', text }));
    const batch = [lost, texts[0]!, smsLost, texts[1]!];
    const { outcomes, sent } = await send(batch, () => [ACCEPTED, REFUSED]);
    expect(sent.flat().map(({ content }) => content)).toEqual(texts.map(({ content }) => content));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['refused', 'accepted', 'refused', 'refused']);
    expect(outcomes[3]).toBe(REFUSED);
  });

  it('is everything at an account that sends nothing', async () => {
    const outcomes = await outboundMessages().send(undefined, [claimed(TEXT)], signal);
    expect(outcomes).toMatchObject([{ outcome: 'refused', failure: { code: 'UNSUPPORTED_BY_PROVIDER' } }]);
  });
});

describe('a link that its provider fetches', () => {
  const media = { IMAGE: { mimeTypes: ['image/jpeg'], maxBytes: 5_000, caption: true } };
  const fetches = { media, fetchesLinks: true } as const;
  const file = (over: object): Claimed => claimed({ ...PICTURE, ...over } as MessageContent);
  const header = { file: { type: 'IMAGE', url: BAD, mediaId: null, filename: null } } as const;
  const bad = [
    file({ url: BAD }),
    claimed({ ...TEMPLATE, header }, { externalId: 'TMP-1' }),
    claimed(orderMessage({ headerImage: picture({ url: BAD }) })),
  ] as const;

  it('does not leave when the file behind it is surely wrong, and the others of its batch do', async () => {
    const good = file({});
    const { outcomes, sent } = await send([...bad, good], undefined, fetches);
    const refused = { outcome: 'refused', failure: REFUSED_LINK };
    expect(outcomes).toEqual([...bad.map(() => refused), ACCEPTED]);
    expect(sent.flat().map(({ content }) => content)).toMatchObject([{ file: { link: LINK } }]);
  });

  it('is not looked at where it is ours, or where the provider is given the bytes', async () => {
    const ours = file({ url: null, mediaId: uuid(7) });
    expect((await send([ours], undefined, fetches)).outcomes).toEqual([ACCEPTED]);
    expect((await send(bad, undefined, { media })).outcomes).toEqual(bad.map(() => ACCEPTED));
  });
});
