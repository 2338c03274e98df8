import { describe, expect, it } from 'vitest';
import {
  ACCESS_TOKEN,
  ATTEMPT,
  GRAPH,
  json,
  linked,
  messageOf,
  played,
  sent,
  stored,
  within,
} from '../../../test/contract/meta.support.js';
import { META_PHONE } from '../../../test/contract/meta.tapes.js';
import { PNG, samples } from '../../../test/contract/samples.js';
import { type Outbound, type OutboundTemplate } from '../ports/messaging.js';
import { type Outcome } from '../ports/outcome.js';
import { lint } from './meta.request.js';

const envelope = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '6281234567890' };
const echo = { biz_opaque_callback_data: ATTEMPT };

async function bodyOf(content: Outbound['content'], more: Partial<Outbound> = {}): Promise<unknown> {
  const line = played([sent]);
  await line.provider.messaging!.send([messageOf(content, more)], within());
  return line.bodies()[0];
}

const hello = { kind: 'text', text: 'Halo Budi' } as const;
const text = { type: 'text', text: { body: 'Halo Budi', preview_url: false } };

describe('a send', () => {
  it('is a POST of JSON to the number of the account, with its token', async () => {
    const line = played([sent]);
    await line.provider.messaging!.send([messageOf(hello)], within());
    expect(line.asked).toMatchObject([
      {
        method: 'POST',
        url: `${GRAPH}/v23.0/${META_PHONE}/messages`,
        headers: { Authorization: `Bearer ${ACCESS_TOKEN}`, 'Content-Type': 'application/json' },
      },
    ]);
  });

  it('goes to the version that the account names', async () => {
    const line = played([sent], { apiVersion: 'v25.0' });
    await line.provider.messaging!.send([messageOf(hello)], within());
    expect(line.asked[0]?.url).toBe(`${GRAPH}/v25.0/${META_PHONE}/messages`);
  });

  it('to a number has it in digits', async () => {
    expect(await bodyOf(hello)).toEqual({ ...envelope, ...text, ...echo });
  });

  it('to a person without a number names their business-scoped id in a field of its own', async () => {
    expect(await bodyOf(hello, { to: 'US.13491208655302741918' })).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      recipient: 'US.13491208655302741918',
      ...text,
      ...echo,
    });
  });

  it('to a wa_id is one to a number', async () => {
    expect(await bodyOf(hello, { to: '6281234567890' })).toEqual({ ...envelope, ...text, ...echo });
  });

  it('quotes the message that it answers', async () => {
    expect(await bodyOf(hello, { quotes: 'wamid.HBgL' })).toMatchObject({ context: { message_id: 'wamid.HBgL' } });
  });

  it.each([
    ['IMAGE', { type: 'image', image: { link: 'https://shop.example/file', caption: 'Ini' } }],
    ['VIDEO', { type: 'video', video: { link: 'https://shop.example/file', caption: 'Ini' } }],
    ['AUDIO', { type: 'audio', audio: { link: 'https://shop.example/file' } }],
    [
      'DOCUMENT',
      { type: 'document', document: { link: 'https://shop.example/file', caption: 'Ini', filename: 'a.pdf' } },
    ],
  ] as const)('of a linked file of type %s hands the link on', async (type, expected) => {
    const content = { kind: 'media', file: linked(type, 'a.pdf'), caption: 'Ini' } as const;
    expect(await bodyOf(content)).toEqual({ ...envelope, ...expected, ...echo });
  });

  it('of a file without a caption and a name says neither', async () => {
    expect(await bodyOf({ kind: 'media', file: linked('DOCUMENT'), caption: null })).toEqual({
      ...envelope,
      type: 'document',
      document: { link: 'https://shop.example/file' },
      ...echo,
    });
  });

  it('of buttons has one reply for each', async () => {
    expect(await bodyOf({ ...samples.interactive, text: 'Jadi?' })).toEqual({
      ...envelope,
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text: 'Jadi?' },
        action: {
          buttons: [
            { type: 'reply', reply: { id: 'yes', title: 'Ya' } },
            { type: 'reply', reply: { id: 'no', title: 'Tidak' } },
          ],
        },
      },
      ...echo,
    });
  });

  it('of a list has its sections and rows', async () => {
    const rows = [
      { id: 'r1', title: 'JNE', description: '2 hari' },
      { id: 'r2', title: 'POS', description: null },
    ];
    const list = { button: 'Pilih', sections: [{ title: 'Kurir', rows }] };
    expect(await bodyOf({ kind: 'interactive', text: 'Kirim lewat?', buttons: [], list })).toEqual({
      ...envelope,
      type: 'interactive',
      interactive: {
        type: 'list',
        body: { text: 'Kirim lewat?' },
        action: {
          button: 'Pilih',
          sections: [
            {
              title: 'Kurir',
              rows: [
                { id: 'r1', title: 'JNE', description: '2 hari' },
                { id: 'r2', title: 'POS' },
              ],
            },
          ],
        },
      },
      ...echo,
    });
  });
});

describe('a template', () => {
  const plain: OutboundTemplate = { ...samples.template, externalId: 'order_update', params: [] };
  const template = async (more: Partial<OutboundTemplate>): Promise<unknown> =>
    ((await bodyOf({ ...plain, ...more })) as { template: unknown }).template;
  const named = { name: 'order_update', language: { code: 'id', policy: 'deterministic' } };

  it('without values has no components', async () => {
    expect(await bodyOf(plain)).toEqual({ ...envelope, type: 'template', template: named, ...echo });
  });

  it('has a component for each part that takes a value, the header first', async () => {
    const header = { file: linked('DOCUMENT', 'a.pdf') };
    const buttons = [{ index: 0, type: 'URL', value: 'abc' }] as const;
    expect(await template({ header, params: ['Budi', 'INV-7'], buttons })).toEqual({
      ...named,
      components: [
        {
          type: 'header',
          parameters: [{ type: 'document', document: { link: 'https://shop.example/file', filename: 'a.pdf' } }],
        },
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Budi' },
            { type: 'text', text: 'INV-7' },
          ],
        },
        { type: 'button', index: '0', sub_type: 'url', parameters: [{ type: 'text', text: 'abc' }] },
      ],
    });
  });

  it.each([
    [{ text: 'Juni' }, { type: 'text', text: 'Juni' }],
    [{ file: linked('IMAGE') }, { type: 'image', image: { link: 'https://shop.example/file' } }],
    [{ file: linked('VIDEO') }, { type: 'video', video: { link: 'https://shop.example/file' } }],
  ])('has the header %o', async (header, parameter) => {
    expect(await template({ header })).toEqual({ ...named, components: [{ type: 'header', parameters: [parameter] }] });
  });

  it('calls its values by the names that the template has for them', async () => {
    const header = { text: 'INV-77' };
    expect(await template({ params: ['Budi', '7'], paramNames: ['buyer', 'order_id'], header })).toMatchObject({
      components: [
        { parameters: [{ type: 'text', parameter_name: 'header', text: 'INV-77' }] },
        {
          parameters: [
            { type: 'text', parameter_name: 'buyer', text: 'Budi' },
            { type: 'text', parameter_name: 'order_id', text: '7' },
          ],
        },
      ],
    });
  });

  it.each([
    ['URL', 'UTILITY', { sub_type: 'url', parameters: [{ type: 'text', text: '123456' }] }],
    ['OTP', 'UTILITY', { sub_type: 'url', parameters: [{ type: 'text', text: '123456' }] }],
    ['COPY_CODE', 'MARKETING', { sub_type: 'copy_code', parameters: [{ type: 'coupon_code', coupon_code: '123456' }] }],
    ['QUICK_REPLY', 'UTILITY', { sub_type: 'quick_reply', parameters: [{ type: 'payload', payload: '123456' }] }],
    ['OTP', 'AUTHENTICATION', { sub_type: 'url', parameters: [{ type: 'text', text: '123456' }] }],
    ['COPY_CODE', 'AUTHENTICATION', { sub_type: 'url', parameters: [{ type: 'text', text: '123456' }] }],
  ] as const)('gives the value of a %s button of a template of %s', async (type, category, parameter) => {
    expect(await template({ category, buttons: [{ index: 1, type, value: '123456' }] })).toEqual({
      ...named,
      components: [{ type: 'button', index: '1', ...parameter }],
    });
  });

  it.each([
    ['its button', [{ index: 0, type: 'OTP', value: '739206' }]],
    ['the button that Meta gave it, where it has none of its own', []],
  ] as const)('of AUTHENTICATION has the code in its body and again in %s', async (_, buttons) => {
    expect(await template({ category: 'AUTHENTICATION', params: ['739206'], buttons })).toEqual({
      ...named,
      components: [
        { type: 'body', parameters: [{ type: 'text', text: '739206' }] },
        { type: 'button', index: '0', sub_type: 'url', parameters: [{ type: 'text', text: '739206' }] },
      ],
    });
  });

  it.each([
    ['UTILITY', ['739206']],
    ['AUTHENTICATION', ['739206', 'Budi']],
    ['AUTHENTICATION', []],
  ] as const)('without a button gets none in %s with the values %j', async (category, params) => {
    expect(JSON.stringify(await template({ category, params }))).not.toContain('button');
  });
});

describe('a value of a template', () => {
  it.each(['Budi', 'Jl. Merdeka 17,    Bandung', 'é', 'x'.repeat(1024)])('may be %j', (value) => {
    expect(lint(value)).toBeNull();
  });

  it.each(['', '   ', 'satu\ndua', 'satu\rdua', 'satu\tdua', 'satu     dua', 'x'.repeat(1025)])(
    'may not be %j',
    (value) => {
      expect(lint(value)).toMatch(/Meta takes .+; .+\.$/);
    },
  );
});

describe('a file of ours', () => {
  const KEY = 'media-1';
  const uploaded = json({ id: '990' });
  const picture = (key = KEY): Outbound =>
    messageOf({ kind: 'media', file: stored(key, 'IMAGE', 'bukti "1".png'), caption: null });

  it('is uploaded as a form, and sent by the id of its upload', async () => {
    const line = played([uploaded, sent]);
    const outcomes = await line.provider.messaging!.send([picture()], within());
    const [upload, send] = line.asked;
    expect(upload).toMatchObject({
      method: 'POST',
      url: `${GRAPH}/v23.0/${META_PHONE}/media`,
      headers: { Authorization: `Bearer ${ACCESS_TOKEN}` },
    });
    const form = await new Response(new Blob(upload!.body as Buffer<ArrayBuffer>[]), {
      headers: { 'content-type': upload!.headers['Content-Type']! },
    }).formData();
    expect([...form.keys()]).toEqual(['messaging_product', 'type', 'file']);
    expect(form.get('messaging_product')).toBe('whatsapp');
    expect(form.get('type')).toBe('image/png');
    const file = form.get('file') as File;
    expect([file.name, file.type]).toEqual(['bukti _1_.png', 'image/png']);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(PNG);
    expect(JSON.parse(send!.body as string)).toEqual({ ...envelope, type: 'image', image: { id: '990' }, ...echo });
    expect(outcomes).toMatchObject([{ outcome: 'accepted', reference: 'wamid.1' }]);
  });

  it('is uploaded once for all messages that carry it', async () => {
    const line = played([uploaded, sent]);
    await line.provider.messaging!.send([picture(), picture()], within());
    await line.provider.messaging!.send([picture()], within());
    expect(line.asked.filter((each) => each.url.endsWith('/media'))).toHaveLength(1);
    expect(line.asked).toHaveLength(4);
  });

  it('is uploaded for a header of a template, too', async () => {
    const line = played([uploaded, sent]);
    const header = { file: stored(KEY) };
    await line.provider.messaging!.send([messageOf({ ...samples.template, params: [], header })], within());
    expect(line.bodies()[1]).toMatchObject({
      template: { components: [{ type: 'header', parameters: [{ type: 'image', image: { id: '990' } }] }] },
    });
  });

  it('is uploaded anew after 29 days, for Meta keeps it for 30', async () => {
    const line = played([uploaded, sent, json({ id: '991' }), sent]);
    await line.provider.messaging!.send([picture()], within());
    line.clock += 29 * 24 * 3_600_000;
    await line.provider.messaging!.send([picture()], within());
    expect(line.bodies()[3]).toMatchObject({ image: { id: '991' } });
  });

  it('is uploaded anew after a message with it was refused for its file', async () => {
    const rejected = json({ error: { code: 131053, message: 'Media upload error' } }, 400);
    const line = played([uploaded, rejected, json({ id: '991' }), sent]);
    expect(await line.provider.messaging!.send([picture()], within())).toMatchObject([
      { outcome: 'refused', failure: { code: 'MEDIA_REJECTED' } },
    ]);
    await line.provider.messaging!.send([picture()], within());
    expect(line.bodies()[3]).toMatchObject({ image: { id: '991' } });
  });

  it('is forgotten when a thousand others came after it', async () => {
    const line = played([(request) => (request.url.endsWith('/media') ? uploaded : sent)]);
    const batch = Array.from({ length: 1_001 }, (_, number) => picture(`media-${number}`));
    await line.provider.messaging!.send(batch, within());
    await line.provider.messaging!.send([picture('media-0'), picture('media-1000')], within());
    expect(line.asked.filter((each) => each.url.endsWith('/media'))).toHaveLength(1_002);
  });

  it.each<[string, Parameters<typeof played>[0][number], Outcome['outcome']]>([
    ['breaks off', { kind: 'broken', reason: 'time was up' }, 'deferred'],
    ['is answered with HTTP 502', json('', 502), 'deferred'],
    ['is answered without an id', json({}), 'deferred'],
    ['meets a limit', json({ error: { code: 130429, message: 'Rate limit hit' } }, 429), 'deferred'],
    ['is refused', json({ error: { code: 131053, message: 'Media upload error' } }, 400), 'refused'],
    ['has a bad token', json({ error: { code: 190, message: 'Expired' } }, 401), 'refused'],
  ])('whose upload %s was not sent, surely, and is tried anew', async (_, answer, outcome) => {
    const line = played([answer, uploaded, sent]);
    const [first] = await line.provider.messaging!.send([picture()], within());
    expect(first).toMatchObject({ outcome });
    expect(first?.exchange?.request.body).toBe(`(image/png, ${PNG.length} bytes)`);
    expect(line.asked).toHaveLength(1);
    expect(await line.provider.messaging!.send([picture()], within())).toMatchObject([{ outcome: 'accepted' }]);
  });

  it.each([
    [true, 'deferred'],
    [false, 'refused'],
  ])('whose bytes cannot be had (again: %s) makes the message %s', async (retryable, outcome) => {
    const failure = { code: 'MEDIA_REJECTED', message: 'Gone.', providerCode: null, providerMessage: null } as const;
    const file = { ...stored(KEY), bytes: async () => ({ outcome: 'failed', failure, retryable }) as const };
    const line = played([sent]);
    const outcomes = await line.provider.messaging!.send([messageOf({ kind: 'media', file, caption: null })], within());
    expect(outcomes).toEqual([{ outcome, failure }]);
    expect(line.asked).toEqual([]);
  });
});
