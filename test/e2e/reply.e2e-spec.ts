import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { hear, listenersOf, text, write } from '../support/persons.js';
import { addTemplate, handsOf, person, startWorld, type World } from '../support/world.js';

let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({
    ...{ doku: false, clock: new ManualClock(), callbackPlan: { statuses: [] } },
    ...{ exotel: {}, meta: {}, sendtalk: {} },
  });
  listeners = listenersOf(world);
  await addTemplate(world.call, { name: 'order_ready', body: 'Halo {{1}}, pesanan {{2}}.', account: world.meta });
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);
const repliedTo = async (id: string): Promise<{ id: string } | null> =>
  (await world.ask('query ($id: ID!) { message(id: $id) { inReplyTo { id } } }', { id })).message.inReplyTo;

/** Sends it, and answers the message with what went over the wire for it. */
async function sent(input: Record<string, unknown>): Promise<{ message: any; body: any }> {
  const accepted = await world.send(input);
  expect(accepted).toMatchObject({ __typename: 'Message' });
  await world.quiet();
  const message = await world.message(accepted.id);
  expect(message).toMatchObject({ status: 'SUBMITTED', attempts: [{ outcome: 'ACCEPTED' }] });
  return { message, body: JSON.parse(message.attempts[0].request.body) };
}

describe('a reply to what a person wrote', () => {
  it('quotes it at Meta, and says what it answers', async () => {
    const question = await hear(world, listeners.META, { from: somebody(), text: 'Kapan?' });
    const { message, body } = await sent(text(question.from, 'Besok.', world.meta, { replyTo: question.id }));
    expect(body).toMatchObject({
      ...{ to: question.from.slice(1), type: 'text', text: { body: 'Besok.' } },
      context: { message_id: question.providerMessageId },
    });
    expect(await repliedTo(message.id)).toEqual({ id: question.id });
  });

  it('quotes with every kind of content', async () => {
    const question = await hear(world, listeners.META, { from: somebody(), text: 'Kapan?' });
    for (const content of [
      { interactive: { text: 'Besok?', buttons: [{ title: 'Ya' }] } },
      { media: { type: 'IMAGE', url: 'http://127.0.0.1:9/a.jpg' } },
      { template: { name: 'order_ready', params: ['Budi', 'A-1'] } },
    ]) {
      const { body } = await sent({ to: question.from, content, accountId: world.meta.id, replyTo: question.id });
      expect(body.context).toEqual({ message_id: question.providerMessageId });
      // Meta takes one message to a person in six seconds.
      await world.pass(7 * SECOND, 7 * SECOND);
    }
  });

  it('and what is no reply quotes nothing', async () => {
    const { from } = await hear(world, listeners.META, { from: somebody(), text: 'Halo' });
    const { message, body } = await sent(text(from, 'Halo', world.meta));
    expect(body).not.toHaveProperty('context');
    expect(await repliedTo(message.id)).toBeNull();
  });

  it('goes back through the account that was written to, where the route has it', async () => {
    const setRoute = 'mutation ($ids: [ID!]!) { setRoute(capability: TEXT, accountIds: $ids) { __typename } }';
    await world.ask(setRoute, { ids: [world.wappin.id, world.exotel.id, world.meta.id] });
    const question = await hear(world, listeners.META, { from: somebody(), text: 'Kapan?' });
    expect((await sent(text(question.from, 'Besok.', undefined, { replyTo: question.id }))).message).toMatchObject({
      account: { id: world.meta.id },
    });
    expect((await sent(text(question.from, 'Halo.'))).message).toMatchObject({ account: { id: world.wappin.id } });
    await world.ask(setRoute, { ids: [] });
  });

  it.each(['WAPPIN', 'EXOTEL'] as const)('is a plain message where %s cannot quote', async (kind) => {
    const question = await hear(world, listeners[kind], { from: somebody(), text: 'Kapan?' });
    const { message, body } = await sent(text(question.from, 'Besok.', listeners[kind], { replyTo: question.id }));
    expect(JSON.stringify(body)).not.toContain(question.providerMessageId);
    expect(await repliedTo(message.id)).toEqual({ id: question.id });
  });

  it('through another account than the one that was written to quotes nothing: that knows no such message', async () => {
    const question = await hear(world, listeners.EXOTEL, { from: somebody(), text: 'Kapan?' });
    await write(world, listeners.META, { from: question.from, text: 'Halo' });
    const { body } = await sent(text(question.from, 'Besok.', world.meta, { replyTo: question.id }));
    expect(body).not.toHaveProperty('context');
  });

  it('to a message that does not exist, or is another project’s, is NOT_FOUND', async () => {
    const question = await hear(world, listeners.META, { from: somebody(), text: 'Kapan?' });
    const missing = { __typename: 'Problem', code: 'NOT_FOUND', field: 'replyTo' };
    for (const replyTo of ['msg_nonsense', 'nonsense', question.id.replace('msg_', 'att_'), `${question.id}x`])
      expect(await world.send(text(question.from, 'Besok.', world.meta, { replyTo })), replyTo).toMatchObject(missing);
    const { key } = await makeProject(world.call, ['SEND']);
    const theirs = handsOf(graphql(world.gateway.url, key.secret));
    expect(await theirs.send(text(question.from, 'Besok.', undefined, { replyTo: question.id }))).toMatchObject(
      missing,
    );
  });
});

describe('what a person writes as a reply', () => {
  it('says which of our messages it answers', async () => {
    const from = somebody();
    await write(world, listeners.META, { from, text: 'Halo' });
    const { message } = await sent(text(from, 'Setuju?', world.meta));
    const answer = await hear(world, listeners.META, { from, text: 'Ya', replyTo: message.providerMessageId });
    expect(answer.inReplyTo).toEqual({ id: message.id });
  });

  it('is a reply too where they press a button of ours', async () => {
    const from = somebody();
    await write(world, listeners.META, { from, text: 'Halo' });
    const content = { interactive: { text: 'Setuju?', buttons: [{ id: 'yes', title: 'Ya' }] } };
    const { message } = await sent({ to: from, content, accountId: world.meta.id });
    const answer = await hear(world, listeners.META, {
      ...{ from, button: { id: 'yes', title: 'Ya' }, replyTo: message.providerMessageId },
    });
    expect(answer).toMatchObject({ inReplyTo: { id: message.id }, content: { replyId: 'yes' } });
  });

  it('may answer another message of theirs', async () => {
    const from = somebody();
    const first = await hear(world, listeners.META, { from, text: 'Halo' });
    const second = await hear(world, listeners.META, {
      from,
      text: 'Maksud saya ini',
      replyTo: first.providerMessageId,
    });
    expect(second.inReplyTo).toEqual({ id: first.id });
  });

  it('answers nothing that we know where the id is strange, and is received all the same', async () => {
    const message = await hear(world, listeners.META, { from: somebody(), text: 'Ya', replyTo: 'wamid.unknown' });
    expect(message).toMatchObject({ status: 'RECEIVED', inReplyTo: null });
  });

  it('to another account answers nothing there', async () => {
    const from = somebody();
    const { message } = await sent(text(from, 'Setuju?', world.sendtalk));
    const answer = await hear(world, listeners.META, { from, text: 'Ya', replyTo: message.providerMessageId });
    expect(answer.inReplyTo).toBeNull();
  });
});
