import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../support/client.js';
import { makeKey } from '../support/keys.js';
import {
  addTemplate,
  connectDoku,
  DOKU_CREDENTIALS,
  handsOf,
  person,
  startWorld,
  viaDoku,
  viaWappin,
  WAPPIN_CREDENTIALS,
  type World,
} from '../support/world.js';

const types = (message: { events: { type: string }[] }): string[] => message.events.map(({ type }) => type);

describe('a message all the way', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld()));
  afterAll(() => world.close());

  it('is stored with its event before the mutation answers', async () => {
    const before = (await world.ask('{ lastEventId }')).lastEventId;
    const sent = await world.send(viaDoku(person(1), { reference: 'order-17', metadata: { shop: 'Bandung' } }));
    const { events } = await world.ask(
      'query ($after: ID) { events(first: 1, after: $after) { edges { node { type sequence data message { id } } } } }',
      { after: before },
    );
    expect(sent).toMatchObject({ __typename: 'Message', status: 'QUEUED', reference: 'order-17' });
    expect(events.edges[0].node).toMatchObject({
      type: 'MESSAGE_QUEUED',
      sequence: 1,
      message: { id: sent.id },
      data: {
        message: { id: sent.id, status: 'QUEUED', to: person(1), reference: 'order-17', metadata: { shop: 'Bandung' } },
      },
    });
  });

  it('goes to DOKU and ends as SUBMITTED, for DOKU tells no more of it', async () => {
    const { id } = await world.send(viaDoku('0878-2367-8023'));
    const message = await world.messageIn(id, 'SUBMITTED');
    expect(types(message)).toEqual(['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED']);
    expect(message.events.map(({ sequence }: { sequence: number }) => sequence)).toEqual([1, 2]);
    expect(message.content.text).toBe('Halo Budi, pesanan A-17 kami kirim. Nomor resi: JNE-4455.');
    expect(message.attempts).toMatchObject([
      { number: 1, outcome: 'ACCEPTED', httpStatus: 200, failure: null, account: { id: world.doku.id } },
    ]);
    const [received] = world.simulator.ledger.messages({ recipient: '6287823678023' });
    expect(received).toMatchObject({
      template: 'TMP-240223-07652',
      params: ['Budi', 'A-17', 'JNE-4455'],
      messageId: message.providerMessageId,
      requestId: message.attempts[0].request.headers['Request-Id'],
    });
  });

  it('goes to Wappin and is read, each step in its order and by the time that Wappin tells', async () => {
    const { id } = await world.send(viaWappin(person(2)));
    const message = await world.messageIn(id, 'READ');
    expect(types(message)).toEqual([
      'MESSAGE_QUEUED',
      'MESSAGE_SUBMITTED',
      'MESSAGE_SENT',
      'MESSAGE_DELIVERED',
      'MESSAGE_READ',
    ]);
    expect(message.events.map(({ sequence }: { sequence: number }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    const [received] = world.simulator.ledger.messages({ messageId: message.providerMessageId });
    const told = Object.fromEntries(received?.events.map(({ status, at }) => [status, at.getTime()]) ?? []);
    // Wappin writes whole seconds.
    for (const [status, at] of [
      ['sent', message.sentAt],
      ['delivered', message.deliveredAt],
      ['read', message.readAt],
    ] as const)
      expect(Math.abs(Date.parse(at) - (told[status] as number)), status).toBeLessThan(1_000);
    expect(message.failedAt).toBeNull();
  });

  it('shows each call as it went over the wire, and no secret', async () => {
    const sends = [viaDoku(person(3)), viaWappin(person(4))];
    const [doku, wappin] = await world.sendAll(sends);
    const [dokuCall] = (await world.messageIn(doku.id, 'SUBMITTED')).attempts;
    const [wappinCall] = (await world.messageIn(wappin.id, 'READ')).attempts;
    expect(dokuCall.request).toMatchObject({
      method: 'POST',
      url: `${world.simulator.url}/message-as-a-service/v1/whatsapp/messages`,
      headers: { 'Client-Id': DOKU_CREDENTIALS.clientId },
      body: JSON.stringify({
        templateId: 'TMP-240223-07652',
        params: ['Budi', 'A-17', 'JNE-4455'],
        destinationPhone: person(3).slice(1),
      }),
    });
    expect(dokuCall.response).toMatchObject({ status: 200, body: expect.stringContaining('"submitted"') });
    expect(wappinCall.request).toMatchObject({
      method: 'POST',
      url: `${world.simulator.url}/v1/message/do-send-hsm`,
      headers: { Authorization: expect.not.stringMatching(/^Bearer [\w-]{8,}/) },
    });
    expect(JSON.parse(wappinCall.request.body)).toMatchObject({
      recipient_number: person(4).slice(1),
      type: 'templ_uat_2',
      params: { '1': 'Siti', '2': '1 Maret 09.00' },
    });
    expect(wappinCall.response).toMatchObject({ status: 200, body: expect.stringContaining('"200"') });
    const shown = JSON.stringify([dokuCall, wappinCall]);
    expect(shown).not.toContain(DOKU_CREDENTIALS.secretKey);
    expect(shown).not.toContain(WAPPIN_CREDENTIALS.secretKey);
  });

  it.each([
    ['0878-2367-8023', '+6287823678023'],
    ['+62 878 2367 8023', '+6287823678023'],
    ['6287823678023', '+6287823678023'],
    ['(0878) 2367 8023', '+6287823678023'],
    ['+91 98765 43210', '+919876543210'],
  ])('takes the number %s for %s', async (written, read) => {
    expect(await world.send(viaWappin(written))).toMatchObject({ __typename: 'Message', to: read });
  });

  it('reads local numbers by the country of the project', async () => {
    const made = await world.ask(
      'mutation { createProject(name: "Mumbai", defaultCountry: "IN") { ... on Project { id } } }',
    );
    const projectId = made.createProject.id;
    const key = await makeKey(world.call, ['ADMIN'], { projectId });
    const call = graphql(world.gateway.url, key.secret);
    const account = await connectDoku(call, world.simulator.url);
    await addTemplate(call, {
      name: 'hello',
      body: 'Hello {{1}} {{2}} {{3}}',
      externalId: 'TMP-240223-07652',
      account,
    });
    const content = { template: { name: 'hello', params: ['a', 'b', 'c'] } };
    expect(await handsOf(call).send({ to: '098765 43210', content })).toMatchObject({ to: '+919876543210' });
  });

  it('answers a batch in the order of its inputs', async () => {
    const sends = Array.from({ length: 40 }, (_, n) => (n % 2 ? viaDoku : viaWappin)(person(100 + n)));
    const answers = await world.sendAll(sends);
    expect(answers.map(({ to }) => to)).toEqual(sends.map(({ to }) => to));
  });

  it('writes no number, text or secret into the log', async () => {
    const lines = world.gateway.lines.join('\n');
    for (const secret of ['87823678023', 'JNE-4455', DOKU_CREDENTIALS.secretKey, WAPPIN_CREDENTIALS.secretKey])
      expect(lines).not.toContain(secret);
  });
});
