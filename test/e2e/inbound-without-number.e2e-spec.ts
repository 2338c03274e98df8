import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  contact,
  hear,
  heard,
  type Listener,
  listenersOf,
  logEnd,
  sentTo,
  setAutoReply,
  text,
  told,
  write,
} from '../support/persons.js';
import { addTemplate, connectMeta, person, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
let meta: Listener;
beforeAll(async () => {
  world = await startWorld({ doku: false, clock, callbackPlan: { statuses: [] }, ...{ exotel: {}, meta: {} } });
  meta = listenersOf(world).META;
  for (const [name, category, body] of [
    ['order_ready', 'UTILITY', 'Halo {{1}}, pesanan {{2}}.'],
    ['promo_week', 'MARKETING', 'Halo {{1}}, diskon.'],
  ] as const)
    await addTemplate(world.call, { name, category, body, account: world.meta });
});
afterAll(() => world.close());

let people = 0;
/** A business-scoped user id, as Meta gives one to who hides the number behind a user name. */
const somebody = (): string => `ID.${13_491_208_655_302_741_000n + BigInt(++people)}`;
const promo = (to: string): Record<string, unknown> => ({
  ...{ to, accountId: world.meta.id, content: { template: { name: 'promo_week', params: ['Budi'] } } },
});
const NO_NUMBER = { __typename: 'Problem', code: 'INVALID_PHONE_NUMBER', field: 'to' };

describe('what a person writes whose number Meta keeps back', () => {
  it('is a message without a number, with their recipientId and their name', async () => {
    const recipientId = somebody();
    const message = await hear(world, meta, { recipientId, name: 'siti_99', text: 'Halo' });
    expect(message).toMatchObject({
      ...{ direction: 'INBOUND', status: 'RECEIVED', from: null, to: null, recipientId, fromName: 'siti_99' },
      content: { text: 'Halo' },
    });
    expect(message.events[0].data.message).toMatchObject({ from: null, to: null, recipientId });
  });

  it('that comes again changes nothing', async () => {
    const written = { recipientId: somebody(), text: 'Halo', messageId: 'wamid.without' };
    await write(world, meta, { ...written, times: 10 });
    expect(await heard(world, written.messageId)).toHaveLength(1);
  });
});

describe('an answer to their recipientId', () => {
  it('goes to Meta as recipient, and not as a number', async () => {
    const recipientId = somebody();
    await write(world, meta, { recipientId, text: 'Halo' });
    const { id } = await world.send(text(recipientId, 'Halo juga', world.meta));
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'SUBMITTED', to: null });
    const body = JSON.parse(message.attempts[0].request.body);
    expect(body).toMatchObject({ recipient: recipientId, type: 'text', text: { body: 'Halo juga' } });
    expect(body).not.toHaveProperty('to');
    expect(sentTo(world, meta, recipientId)).toHaveLength(1);
    const said = await world.ask('query ($id: ID!) { message(id: $id) { recipientId } }', { id });
    expect(said.message).toEqual({ recipientId });
  });

  it('may be a reply, a template, and what an auto reply says', async () => {
    const recipientId = somebody();
    const question = await hear(world, meta, { recipientId, text: 'Halo' });
    for (const input of [
      text(recipientId, 'Ya?', world.meta, { replyTo: question.id }),
      { ...promo(recipientId), content: { template: { name: 'order_ready', params: ['Budi', 'A-1'] } } },
    ])
      expect(await world.send(input)).toMatchObject({ __typename: 'Message' });
    // Meta takes one message to a person in six seconds.
    await world.pass(14 * SECOND, 7 * SECOND);
    await setAutoReply(world, { accountId: world.meta.id, keyword: 'jam', content: { text: { text: '08–17' } } });
    await write(world, meta, { recipientId, text: 'JAM' });
    expect(sentTo(world, meta, recipientId).map(({ type }) => type)).toEqual(['text', 'template', 'text']);
  });

  it('is moved on by the statuses that name no number either', async () => {
    const recipientId = somebody();
    await write(world, meta, { recipientId, text: 'Halo' });
    world.simulator.configure({
      faults: [{ kind: 'META', next: 1, behaviour: { callbacks: { statuses: ['sent', 'delivered', 'read'] } } }],
    });
    const { id } = await world.send(text(recipientId, 'Halo juga', world.meta));
    await world.messageIn(id, 'READ');
  });

  it('needs the account: without it nobody knows whose id that is', async () => {
    const recipientId = somebody();
    await write(world, meta, { recipientId, text: 'Halo' });
    expect(await world.send(text(recipientId, 'Halo'))).toMatchObject(NO_NUMBER);
  });

  it('is refused where nobody of that id wrote to that account', async () => {
    const recipientId = somebody();
    expect(await world.send(text(recipientId, 'Halo', world.meta))).toMatchObject(NO_NUMBER);
    await write(world, meta, { recipientId, text: 'Halo' });
    expect(await world.send(text(recipientId, 'Halo', world.exotel))).toMatchObject(NO_NUMBER);
    const another = await connectMeta(world.call, world.simulator.url, {
      ...{ name: 'Another number', credentials: { phoneNumberId: '106540352242999' } },
    });
    expect(await world.send(text(recipientId, 'Halo', another))).toMatchObject(NO_NUMBER);
    for (const strange of ['ID.', 'nobody', `${recipientId}0`, recipientId.slice(3)])
      expect(await world.send(text(strange, 'Halo', world.meta)), strange).toMatchObject(NO_NUMBER);
  });

  it('comes too late 24 hours after they wrote', async () => {
    const recipientId = somebody();
    const at = later(clock.now(), -25 * HOUR).toISOString();
    await write(world, meta, { recipientId, text: 'kemarin', at });
    expect(await world.send(text(recipientId, 'Halo', world.meta))).toMatchObject({
      ...{ code: 'SESSION_WINDOW_CLOSED', retryAt: later(clock.now(), -HOUR).toISOString() },
    });
  });
});

describe('what is known of them', () => {
  it('is found by the recipientId: their window and their consent', async () => {
    const recipientId = somebody();
    await write(world, meta, { recipientId, text: 'Halo' });
    expect(await contact(world, { recipientId, accountId: world.meta.id })).toEqual({
      ...{ phone: null, recipientId },
      consent: { phone: null, recipientId, optedOut: null, reason: null, changedAt: null },
      windows: [
        {
          account: { id: world.meta.id },
          lastInboundAt: clock.now().toISOString(),
          closesAt: later(clock.now(), 24 * HOUR).toISOString(),
        },
      ],
    });
  });

  it('STOP of theirs is kept under the recipientId, told in the log, and obeyed', async () => {
    const recipientId = somebody();
    const after = await logEnd(world);
    await write(world, meta, { recipientId, text: 'STOP' });
    expect((await told(world, after, 'OPT_OUT_ADDED')).map(({ data }) => data.optOut)).toEqual([
      { phone: null, recipientId, scope: 'MARKETING', reason: 'STOP' },
    ]);
    expect((await contact(world, { recipientId })).consent).toMatchObject({
      phone: null,
      recipientId,
      optedOut: 'MARKETING',
    });
    const { optOuts } = await world.ask('{ optOuts { edges { node { phone recipientId optedOut } } } }');
    expect(optOuts.edges.map(({ node }: any) => node)).toContainEqual({
      phone: null,
      recipientId,
      optedOut: 'MARKETING',
    });
    expect(await world.send(promo(recipientId))).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    expect(await world.send(text(recipientId, 'Baik.', world.meta))).toMatchObject({ __typename: 'Message' });
    await write(world, meta, { recipientId, text: 'START' });
    expect(await world.send(promo(recipientId))).toMatchObject({ __typename: 'Message' });
  });
});

describe('a person who is heard without a number first, and later with it', () => {
  it('is one contact, by the number and by the id', async () => {
    const recipientId = somebody();
    const from = person(++people);
    await write(world, meta, { recipientId, text: 'Halo', at: later(clock.now(), -2 * HOUR).toISOString() });
    await write(world, meta, { recipientId, from, text: 'Ini nomor saya' });
    const byPhone = await contact(world, { phone: from });
    expect(byPhone).toMatchObject({ phone: from, recipientId });
    expect(byPhone.windows.map(({ lastInboundAt }: any) => lastInboundAt)).toContain(clock.now().toISOString());
    expect(await contact(world, { recipientId })).toEqual(byPhone);
  });

  it('is written to by either, in the window of what came last', async () => {
    const recipientId = somebody();
    const from = person(++people);
    await write(world, meta, { recipientId, text: 'Halo', at: later(clock.now(), -30 * HOUR).toISOString() });
    expect(await world.send(text(recipientId, 'Halo', world.meta))).toMatchObject({ code: 'SESSION_WINDOW_CLOSED' });
    await write(world, meta, { recipientId, from, text: 'Ini nomor saya' });
    expect(await world.send(text(recipientId, 'Halo', world.meta))).toMatchObject({ __typename: 'Message' });
    expect(await world.send(text(from, 'Halo', world.meta))).toMatchObject({ __typename: 'Message' });
  });

  it('who keeps the number back afterwards still writes in the window of that number', async () => {
    const recipientId = somebody();
    const from = person(++people);
    const long = later(clock.now(), -30 * HOUR).toISOString();
    await write(world, meta, { recipientId, from, text: 'Ini nomor saya', at: long });
    expect(await world.send(text(from, 'Halo', world.meta))).toMatchObject({ code: 'SESSION_WINDOW_CLOSED' });
    await write(world, meta, { recipientId, text: 'Halo lagi' });
    expect(await world.send(text(from, 'Halo', world.meta))).toMatchObject({ __typename: 'Message', to: from });
    const { windows } = await contact(world, { phone: from, accountId: world.meta.id });
    expect(windows).toMatchObject([{ lastInboundAt: clock.now().toISOString() }]);
  });

  it('who keeps the number back afterwards is still obeyed under both', async () => {
    const recipientId = somebody();
    const from = person(++people);
    await write(world, meta, { recipientId, from, text: 'Ini nomor saya' });
    await write(world, meta, { recipientId, text: 'STOP' });
    for (const to of [from, recipientId])
      expect(await world.send(promo(to))).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    expect((await contact(world, { recipientId })).consent).toMatchObject({ phone: from, optedOut: 'MARKETING' });
    await write(world, meta, { recipientId, text: 'START' });
    for (const to of [from, recipientId]) expect(await world.send(promo(to))).toMatchObject({ __typename: 'Message' });
  });

  it('is not sent by number the marketing that they stopped under the id, nor the other way round', async () => {
    const recipientId = somebody();
    const from = person(++people);
    await write(world, meta, { recipientId, text: 'STOP' });
    await write(world, meta, { recipientId, from, text: 'Ini nomor saya' });
    expect(await world.send(promo(from))).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    const other = { recipientId: somebody(), from: person(++people) };
    await write(world, meta, { ...other, text: 'BERHENTI' });
    expect(await world.send(promo(other.recipientId))).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    // And what is taken back under one name is taken back.
    await write(world, meta, { recipientId, from, text: 'START' });
    expect(await world.send(promo(from))).toMatchObject({ __typename: 'Message' });
  });
});
