import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MP4, OGG, PDF, PNG, upload } from '../support/files.js';
import { metaClient } from '../support/meta-peers.js';
import { META_CREDENTIALS, person, startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ exotel: {}, sendtalk: {}, meta: {} });
});
afterAll(() => world.close());

let people = 0;
const uploaded = async (bytes: Buffer, name: string): Promise<string> => {
  const { status, body } = await upload(world.gateway, bytes, name);
  expect(status).toBe(201);
  return body.id;
};

/** Sends the file through the account. Answers the message, and what the provider was sent. */
async function sent(accountId: string, media: Record<string, unknown>, ...statuses: string[]): Promise<any[]> {
  const to = person(++people);
  const account = META_CREDENTIALS.phoneNumberId;
  if (accountId === world.meta.id) await world.simulator.receive({ kind: 'META', account, from: to, text: 'Halo' });
  const answer = await world.send({ to, content: { media }, accountId });
  expect(answer).toMatchObject({ __typename: 'Message' });
  const message = await world.answeredIn(answer.id, ...(statuses.length > 0 ? statuses : ['READ', 'FAILED']));
  expect(message.problem).toBeNull();
  const [arrived] = world.simulator.ledger.messages({ recipient: to.slice(1) });
  return [message, arrived?.content];
}
const bytesAt = async (url: string, headers: Record<string, string> = {}): Promise<Buffer> => {
  const answer = await fetch(url, { headers });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};
const uploadsToMeta = (): number =>
  world.simulator.ledger.calls({ kind: 'META' }).filter(({ path }) => path.endsWith('/media')).length;

describe('an upload', () => {
  it('is uploaded on to Meta, once for all its messages, and named by Meta’s id', async () => {
    const mediaId = await uploaded(PDF, 'Faktur 7.pdf');
    const before = uploadsToMeta();
    const [, document] = await sent(world.meta.id, { type: 'DOCUMENT', mediaId, caption: 'Faktur' });
    expect(document).toEqual({ id: expect.any(String), filename: 'Faktur 7.pdf', caption: 'Faktur' });
    expect(uploadsToMeta()).toBe(before + 1);
    const client = metaClient(world.simulator.url, META_CREDENTIALS.phoneNumberId, META_CREDENTIALS.accessToken);
    const { body } = await client.call('GET', document.id);
    expect(body).toMatchObject({ mime_type: 'application/pdf', file_size: PDF.length });
    const bearer = { authorization: `Bearer ${META_CREDENTIALS.accessToken}` };
    expect(await bytesAt(String(body['url']), bearer)).toEqual(PDF);
    const [, again] = await sent(world.meta.id, { type: 'DOCUMENT', mediaId, filename: 'lain.pdf' });
    expect(again).toEqual({ id: document.id, filename: 'lain.pdf' });
    expect(uploadsToMeta()).toBe(before + 1);
  });

  it('is given to Exotel as a link of ours, which opens without a key', async () => {
    for (const [bytes, name, type] of [
      [PNG, 'tas.png', 'IMAGE'],
      [MP4, 'film.mp4', 'VIDEO'],
      [OGG, 'suara.ogg', 'AUDIO'],
      [PDF, 'faktur.pdf', 'DOCUMENT'],
    ] as const) {
      const mediaId = await uploaded(bytes, name);
      const [, content] = await sent(world.exotel.id, { type, mediaId });
      const { link, filename } = content[type.toLowerCase()];
      expect(link.startsWith(`http://localhost:${new URL(world.gateway.url).port}/media/${mediaId}?`)).toBe(true);
      expect(filename).toBe(type === 'DOCUMENT' ? name : undefined);
      expect(await bytesAt(link)).toEqual(bytes);
    }
  });

  it('is given to SendTalk as a link of ours, with its name', async () => {
    const mediaId = await uploaded(PNG, 'tas.png');
    const [, content] = await sent(world.sendtalk.id, { type: 'IMAGE', mediaId, caption: 'Tas' }, 'SUBMITTED');
    expect(content).toEqual({ body: expect.any(String), filename: 'tas.png', caption: 'Tas' });
    expect(await bytesAt(content.body)).toEqual(PNG);
  });

  it('goes to Wappin in a form, with its name and type', async () => {
    const mediaId = await uploaded(PNG, 'tas.png');
    const [message, content] = await sent(world.wappin.id, { type: 'IMAGE', mediaId });
    expect(content).toMatchObject({ filename: 'tas.png', mimeType: 'image/png' });
    expect(await bytesAt(`${world.simulator.url}/_simulator/files/${content.fileId}`)).toEqual(PNG);
    const { body } = message.attempts[0].request;
    expect(JSON.parse(body)).toMatchObject({
      ...{ client_id: '0009', project_id: '52', media_type: 'image', recipient_number: message.to.slice(1) },
      media: { filename: 'tas.png', type: 'image/png', bytes: PNG.length },
    });
  });

  it.each([
    ['blob', 'blob.png'],
    ['tas.PNG', 'tas.PNG'],
    ['tas', 'tas.png'],
    ['tas v1.2', 'tas v1.2.png'],
    ['Tas “kanvas” é 🎒.png', 'Tas “kanvas” é 🎒.png'],
  ])('goes to Wappin, which tells a type by the name, whatever it is called: %s', async (name, called) => {
    const mediaId = await uploaded(PNG, name);
    const [, content] = await sent(world.wappin.id, { type: 'IMAGE', mediaId });
    expect(content).toMatchObject({ filename: called, mimeType: 'image/png' });
  });

  it('is answered with what it is', async () => {
    const mediaId = await uploaded(PDF, 'faktur.pdf');
    const [{ id }] = await sent(world.exotel.id, { type: 'DOCUMENT', mediaId, caption: 'Faktur' });
    const { message } = await world.ask(
      'query ($id: ID!) { message(id: $id) { content { ... on MediaContent { type url mediaId mimeType size filename caption } } } }',
      { id },
    );
    expect(message.content).toEqual({
      ...{ type: 'DOCUMENT', url: null, mediaId, mimeType: 'application/pdf', size: PDF.length },
      ...{ filename: 'faktur.pdf', caption: 'Faktur' },
    });
  });

  it('goes through an account that takes its type, and past those that do not', async () => {
    const note = await uploaded(Buffer.from('Harga: Rp10.000'), 'harga.txt');
    const { id } = await world.send({ to: person(++people), content: { media: { type: 'DOCUMENT', mediaId: note } } });
    expect(await world.messageIn(id, 'READ')).toMatchObject({ account: { kind: 'EXOTEL' } });
    const content = { media: { type: 'DOCUMENT', mediaId: note } };
    const refused = await world.send({ to: person(++people), content, accountId: world.wappin.id });
    expect(refused).toMatchObject({ code: 'MEDIA_REJECTED', field: 'content.media.mediaId' });
    expect(refused.message).toContain('text/plain');
  });

  it('that Meta has lost is uploaded anew for the next message', async () => {
    const mediaId = await uploaded(PNG, 'hilang.png');
    const [, { id }] = await sent(world.meta.id, { type: 'IMAGE', mediaId });
    const client = metaClient(world.simulator.url, META_CREDENTIALS.phoneNumberId, META_CREDENTIALS.accessToken);
    expect((await client.call('DELETE', id)).status).toBe(200);
    const refused = await world.send({
      ...{ to: person(++people), accountId: world.meta.id },
      content: { media: { type: 'IMAGE', mediaId } },
    });
    expect(await world.messageIn(refused.id, 'FAILED')).toMatchObject({ problem: { provider: { code: '131009' } } });
    const [, other] = await sent(world.meta.id, { type: 'IMAGE', mediaId });
    expect(other.id).not.toBe(id);
  });
});
