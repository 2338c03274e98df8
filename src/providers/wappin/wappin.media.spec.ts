import { describe, expect, it } from 'vitest';
import { PNG, outbound, samples } from '../../../test/contract/samples.js';
import { WappinWorld, said } from '../../../test/support/wappin-world.js';
import { type MediaType, type OutboundMedia } from '../ports/messaging.js';
import { type Answer } from '../ports/outcome.js';

type Bytes = Answer<{ bytes: Buffer; mimeType: string }>;

const MIB = 1024 * 1024;
const OFFICE = 'application/vnd.openxmlformats-officedocument';

function media(
  type: MediaType,
  mimeType: string,
  bytes = PNG,
  more: Partial<OutboundMedia['file']> = {},
): OutboundMedia {
  const file = {
    ...samples.media.file,
    type,
    bytes: async (): Promise<Bytes> => ({ outcome: 'answered', bytes, mimeType }),
  };
  return { kind: 'media', file: { ...file, ...more }, caption: 'Bukti – 1' };
}

/** The form that Wappin would read. */
async function formOf(world: WappinWorld): Promise<FormData> {
  const { headers, body } = world.otherCalls()[0]!;
  return new Response(new Blob(body as Buffer<ArrayBuffer>[]), {
    headers: { 'content-type': headers['Content-Type']! },
  }).formData();
}

describe('a file', () => {
  it('is uploaded as a form, with its fields, its name and its type', async () => {
    const world = new WappinWorld();
    expect(await world.send(media('IMAGE', 'image/png'))).toMatchObject([
      { outcome: 'accepted', reference: '5bc83037c79f5' },
    ]);
    expect(world.otherCalls()[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.wappin.id/v1/message/do-send-media',
    });
    const { media: file, ...fields } = Object.fromEntries(await formOf(world)) as Record<string, string> & {
      media: File;
    };
    expect(fields).toEqual({
      client_id: '0009',
      project_id: '014',
      recipient_number: '6287823678003',
      media_type: 'image',
      caption: 'Bukti – 1',
    });
    expect([file.name, file.type]).toEqual(['receipt.png', 'image/png']);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(PNG);
  });

  it.each<[MediaType, string, string, string]>([
    ['IMAGE', 'image/jpeg', 'image', 'image.jpg'],
    ['IMAGE', 'image/png', 'image', 'image.png'],
    ['DOCUMENT', 'application/pdf', 'document', 'document.pdf'],
    ['DOCUMENT', 'application/msword', 'document', 'document.doc'],
    ['DOCUMENT', `${OFFICE}.wordprocessingml.document`, 'document', 'document.docx'],
    ['DOCUMENT', 'application/vnd.ms-powerpoint', 'document', 'document.ppt'],
    ['DOCUMENT', `${OFFICE}.presentationml.presentation`, 'document', 'document.pptx'],
    ['DOCUMENT', 'application/vnd.ms-excel', 'document', 'document.xls'],
    ['DOCUMENT', `${OFFICE}.spreadsheetml.sheet`, 'document', 'document.xlsx'],
    ['AUDIO', 'audio/aac', 'audio', 'audio.aac'],
    ['AUDIO', 'audio/mp4', 'audio', 'audio.m4a'],
    ['AUDIO', 'audio/mpeg', 'audio', 'audio.mp3'],
    ['AUDIO', 'audio/ogg; codecs=opus', 'audio', 'audio.ogg'],
    ['AUDIO', 'audio/opus', 'audio', 'audio.opus'],
  ])('of type %s that is %s goes as %s, and without a name as %s', async (type, mimeType, mediaType, name) => {
    const world = new WappinWorld();
    expect(await world.send(media(type, mimeType, PNG, { filename: null }))).toMatchObject([{ outcome: 'accepted' }]);
    const form = await formOf(world);
    expect(form.get('media_type')).toBe(mediaType);
    expect((form.get('media') as File).name).toBe(name);
    expect(form.has('caption')).toBe(type !== 'AUDIO');
  });

  it.each([
    ['image/jpeg', 'photo.JPG', 'photo.JPG'],
    ['image/jpeg', 'photo.jpeg', 'photo.jpeg'],
    ['image/jpeg', 'photo.png', 'photo.png.jpg'],
    ['image/png', 'blob', 'blob.png'],
    ['image/png', 'v1.2', 'v1.2.png'],
    ['image/png', '.png', '.png'],
  ])('that is %s and called %s keeps its name or gets its own ending: %s', async (mimeType, filename, name) => {
    const world = new WappinWorld();
    await world.send(media('IMAGE', mimeType, PNG, { filename }));
    expect(((await formOf(world)).get('media') as File).name).toBe(name);
  });

  it.each([
    ['https://shop.example/files/Faktur%207.pdf?token=a', 'Faktur 7.pdf'],
    ['https://shop.example/invoice.php?id=7', 'invoice.php.pdf'],
    ['https://shop.example/invoice', 'document.pdf'],
  ])('without a name is called as its link calls it: %s', async (link, name) => {
    const world = new WappinWorld();
    await world.send(media('DOCUMENT', 'application/pdf', PNG, { filename: null, link }));
    expect(((await formOf(world)).get('media') as File).name).toBe(name);
  });

  it('without a caption has no such field', async () => {
    const world = new WappinWorld();
    await world.send({ ...media('IMAGE', 'image/png'), caption: null });
    expect((await formOf(world)).has('caption')).toBe(false);
  });

  it.each<[MediaType, string, number]>([
    ['VIDEO', 'video/mp4', 100],
    ['IMAGE', 'image/webp', 100],
    ['IMAGE', 'application/pdf', 100],
    ['DOCUMENT', 'application/x-msdownload', 100],
    ['DOCUMENT', 'image/png', 100],
    ['AUDIO', 'video/mp4', 100],
    ['IMAGE', 'image/png', 5 * MIB + 1],
    ['AUDIO', 'audio/aac', 16 * MIB + 1],
    ['DOCUMENT', 'application/pdf', 100 * MIB + 1],
  ])('of type %s that is %s, of %i bytes, is refused before anything leaves', async (type, mimeType, size) => {
    const world = new WappinWorld();
    expect(await world.send(media(type, mimeType, Buffer.alloc(size)))).toMatchObject([
      { outcome: 'refused', failure: { code: 'MEDIA_REJECTED', providerCode: null } },
    ]);
    expect(world.calls).toEqual([]);
  });

  it.each<[MediaType, string, number]>([
    ['IMAGE', 'image/png', 5 * MIB],
    ['AUDIO', 'audio/aac', 16 * MIB],
  ])('of type %s that is %s, of %i bytes, is the largest that is taken', async (type, mimeType, size) => {
    expect(await new WappinWorld().send(media(type, mimeType, Buffer.alloc(size)))).toMatchObject([
      { outcome: 'accepted' },
    ]);
  });

  it.each([
    [true, 'deferred'],
    [false, 'refused'],
  ])('whose bytes do not come (another time: %s) makes the message %s', async (retryable, outcome) => {
    const failure = { code: 'MEDIA_REJECTED', message: 'gone', providerCode: null, providerMessage: null } as const;
    const bytes = async (): Promise<Bytes> => ({ outcome: 'failed', failure, retryable });
    const world = new WappinWorld();
    expect(await world.send(media('IMAGE', 'image/png', PNG, { bytes }))).toEqual([{ outcome, failure }]);
    expect(world.calls).toEqual([]);
  });

  it('is asked for its bytes with the time that the message has', async () => {
    const abort = new AbortController();
    let given: AbortSignal | undefined;
    const bytes = async (signal: AbortSignal): Promise<Bytes> => {
      given = signal;
      return { outcome: 'answered', bytes: PNG, mimeType: 'image/png' };
    };
    const message = outbound(1, media('IMAGE', 'image/png', PNG, { bytes }));
    await new WappinWorld().provider.messaging!.send([message], abort.signal);
    expect(given).toBe(abort.signal);
  });

  it('is described in the exchange, and not kept', async () => {
    const [outcome] = await new WappinWorld().send(media('IMAGE', 'image/png'));
    expect(JSON.parse(outcome!.exchange!.request.body)).toEqual({
      client_id: '0009',
      project_id: '014',
      recipient_number: '6287823678003',
      media_type: 'image',
      caption: 'Bukti – 1',
      media: { filename: 'receipt.png', type: 'image/png', bytes: PNG.length },
    });
  });

  it.each([
    ['400', 'Error no input received', 'PROVIDER_REJECTED'],
    ['400', 'Project ID or Client ID cannot be process.', 'PROVIDER_REJECTED'],
    ['401', 'Invalid credential', 'PROVIDER_AUTH_FAILED'],
    ['406', 'Auth not recognize', 'PROVIDER_AUTH_FAILED'],
    ['407', 'IP Address not allowed', 'PROVIDER_AUTH_FAILED'],
    ['419', 'Sorry, the API Send Message can only be used', 'PROVIDER_REJECTED'],
    ['601', 'Contact invalid', 'NOT_ON_WHATSAPP'],
    ['605', 'Upload Media Failed', 'MEDIA_REJECTED'],
  ])('that is answered %s "%s" is refused as %s', async (status, message, code) => {
    const world = new WappinWorld();
    world.answer = said({ status, message });
    expect(await world.send(media('IMAGE', 'image/png'))).toMatchObject([
      { outcome: 'refused', failure: { code, providerCode: status, providerMessage: message } },
    ]);
  });
});
