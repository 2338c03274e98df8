import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, later, SECOND } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { PNG, upload } from '../support/files.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { AUTO_REPLY, hear, listenersOf, logEnd, sentTo, setAutoReply, told, write } from '../support/persons.js';
import { until } from '../support/until.js';
import { addTemplate, handsOf, person, PROBLEM, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] }, ...{ exotel: {}, meta: {} } });
  listeners = listenersOf(world);
  await addTemplate(world.call, { name: 'order_ready', body: 'Halo {{1}}, pesanan {{2}}.', account: world.meta });
});
afterAll(() => world.close());

const replies = async (accountId?: string): Promise<any[]> =>
  (await world.ask(`query ($accountId: ID) { autoReplies(accountId: $accountId) { ${AUTO_REPLY} } }`, { accountId }))
    .autoReplies;
const remove = async (id: string, ask = world.ask): Promise<any> =>
  (
    await ask(`mutation ($id: ID!) { deleteAutoReply(id: $id) { __typename ... on Deleted { id } ${PROBLEM} } }`, {
      id,
    })
  ).deleteAutoReply;
const say = (text: string): Record<string, unknown> => ({ text: { text } });
const set = (input: Record<string, unknown>): Promise<any> =>
  setAutoReply(world, { accountId: world.meta.id, ...input });

// Each story sets its own.
beforeEach(async () => {
  for (const { id } of (await world.ask('{ autoReplies { id } }')).autoReplies) await remove(id);
});

let people = 0;
/** Writes as somebody new; answers what came back, in the provider's own words. */
async function answersTo(text: string, kind: 'META' | 'EXOTEL' | 'WAPPIN' = 'META'): Promise<any[]> {
  const from = person(++people);
  await write(world, listeners[kind], { from, text });
  return sentTo(world, listeners[kind], from).map(({ type, content }) => ({ type, content }));
}
const texts = async (...written: Parameters<typeof answersTo>): Promise<string[]> =>
  (await answersTo(...written)).map(({ content }) => content.body ?? content.text?.body);

describe('an auto reply', () => {
  it('to a keyword is sent to who writes just that, in any case and with space around it', async () => {
    const reply = await set({ keyword: 'Jam Buka', content: say('Kami buka 08.00–17.00.') });
    expect(reply).toEqual({
      ...{ __typename: 'AutoReply', id: expect.stringMatching(/^arp_/), account: { id: world.meta.id } },
      ...{ keyword: 'Jam Buka', enabled: true, deletedAt: null },
      content: { __typename: 'TextContent', text: 'Kami buka 08.00–17.00.' },
    });
    for (const written of ['jam buka', 'JAM BUKA', '  Jam Buka \n'])
      expect(await texts(written), written).toEqual(['Kami buka 08.00–17.00.']);
    for (const written of ['jam', 'jam buka?', 'jam  buka', 'buka jam'])
      expect(await texts(written), written).toEqual([]);
  });

  it('that is the default is sent to whatever has no keyword', async () => {
    await set({ keyword: 'harga', content: say('Rp10.000') });
    await set({ content: say('Ketik HARGA.') });
    expect(await texts('Harga')).toEqual(['Rp10.000']);
    expect(await texts('halo')).toEqual(['Ketik HARGA.']);
    const from = person(++people);
    await write(world, listeners.META, { from, media: { type: 'image', caption: 'harga' } });
    expect(sentTo(world, listeners.META, from)).toMatchObject([{ content: { body: 'Ketik HARGA.' } }]);
  });

  it('answers what a person chooses by its title', async () => {
    await set({ keyword: 'ya, setuju', content: say('Terima kasih.') });
    const from = person(++people);
    await write(world, listeners.META, { from, button: { id: 'b-1', title: 'Ya, setuju' } });
    expect(sentTo(world, listeners.META, from)).toMatchObject([{ content: { body: 'Terima kasih.' } }]);
  });

  it('may be a template or a question with buttons as well as a text', async () => {
    await set({ keyword: 'status', content: { template: { name: 'order_ready', params: ['Budi', 'A-1'] } } });
    const asked = await set({
      keyword: 'menu',
      content: {
        interactive: {
          text: 'Pilih:',
          buttons: [
            { id: 'a', title: 'Satu' },
            { id: 'b', title: 'Dua' },
          ],
        },
      },
    });
    expect(asked.content).toMatchObject({
      __typename: 'InteractiveContent',
      buttons: [
        { id: 'a', title: 'Satu' },
        { id: 'b', title: 'Dua' },
      ],
    });
    expect(await answersTo('status')).toMatchObject([{ type: 'template', content: { name: 'order_ready' } }]);
    expect(await answersTo('menu')).toMatchObject([
      {
        type: 'interactive',
        content: {
          type: 'button',
          body: { text: 'Pilih:' },
          action: { buttons: [{ reply: { id: 'a' } }, { reply: { id: 'b' } }] },
        },
      },
    ]);
  });

  it('may be an upload', async () => {
    const { body } = await upload(world.gateway, PNG, 'menu.png');
    await set({ keyword: 'menu', content: { media: { type: 'IMAGE', mediaId: body.id, caption: 'Menu kami' } } });
    const from = person(++people);
    await write(world, listeners.META, { from, text: 'menu' });
    const sent = await until(() => sentTo(world, listeners.META, from)[0], 'the menu has left');
    expect(sent).toMatchObject({ type: 'image', content: { id: expect.any(String), caption: 'Menu kami' } });
  });

  it('is a message as any other: in the log, with its account and its progress', async () => {
    await set({ content: say('Sebentar ya.') });
    const after = await logEnd(world);
    const from = person(++people);
    await write(world, listeners.META, { from, text: 'Halo' });
    const types = (await told(world, after)).map(({ type, data }) => [type, data.message?.direction]);
    expect(types).toEqual([
      ['MESSAGE_RECEIVED', 'INBOUND'],
      ['MESSAGE_QUEUED', 'OUTBOUND'],
      ['MESSAGE_SUBMITTED', 'OUTBOUND'],
    ]);
    const { messages } = await world.ask(
      'query ($phone: String) { messages(filter: { phone: $phone, direction: OUTBOUND }) { edges { node { status to account { id } content { ... on TextContent { text } } } } } }',
      { phone: from },
    );
    expect(messages.edges.map(({ node }: any) => node)).toEqual([
      { status: 'SUBMITTED', to: from, account: { id: world.meta.id }, content: { text: 'Sebentar ya.' } },
    ]);
  });

  it('leaves through the account that was written to, whatever the route says, and is that account’s alone', async () => {
    await world.ask(
      'mutation ($ids: [ID!]!) { setRoute(capability: TEXT, accountIds: $ids) { ... on Route { accounts { id } } } }',
      { ids: [world.wappin.id] },
    );
    await set({ content: say('Meta') });
    await setAutoReply(world, { accountId: world.exotel.id, content: say('Exotel') });
    expect(await texts('Halo')).toEqual(['Meta']);
    expect(await texts('Halo', 'EXOTEL')).toEqual(['Exotel']);
    expect(await texts('Halo', 'WAPPIN')).toEqual([]);
    await setAutoReply(world, { accountId: world.wappin.id, content: say('Wappin') });
    expect(await texts('Halo', 'WAPPIN')).toEqual(['Wappin']);
  });

  it('is sent once to a callback that comes many times, at once and later', async () => {
    await set({ content: say('Sekali.') });
    const written = { from: person(++people), text: 'Halo', messageId: 'wamid.once' };
    await write(world, listeners.META, { ...written, times: 50 });
    await world.pass(2 * HOUR, HOUR);
    await write(world, listeners.META, written);
    expect(sentTo(world, listeners.META, written.from)).toHaveLength(1);
  });

  it('is sent to each message of a person, and to each person', async () => {
    await set({ content: say('Ya?') });
    const from = person(++people);
    for (const text of ['satu', 'dua', 'tiga']) await write(world, listeners.META, { from, text });
    // Meta takes one message to a person in six seconds.
    await world.pass(14 * SECOND, 7 * SECOND);
    expect(sentTo(world, listeners.META, from)).toHaveLength(3);
  });

  it('that is held is not sent, and is again when it is let go', async () => {
    const held = await set({ keyword: 'promo', content: say('Diskon!'), enabled: false });
    expect(held).toMatchObject({ enabled: false });
    expect(await texts('promo')).toEqual([]);
    expect((await set({ keyword: 'promo', content: say('Diskon!') })).id).toBe(held.id);
    expect(await texts('promo')).toEqual(['Diskon!']);
  });

  it('said again replaces what was said before, whatever the case; the default likewise', async () => {
    const first = await set({ keyword: 'Harga', content: say('Rp1') });
    const second = await set({ keyword: ' HARGA ', content: say('Rp2') });
    await set({ content: say('default 1') });
    await set({ keyword: null, content: say('default 2') });
    expect(second).toMatchObject({ id: first.id, content: { text: 'Rp2' } });
    expect(await texts('harga')).toEqual(['Rp2']);
    expect(await texts('lain')).toEqual(['default 2']);
    expect((await replies()).map(({ keyword, content }) => [keyword?.trim() ?? null, content.text])).toEqual([
      [null, 'default 2'],
      [expect.stringMatching(/^harga$/i), 'Rp2'],
    ]);
  });

  it('that is deleted is not sent and not listed, and is still there by its id', async () => {
    const { id } = await set({ keyword: 'harga', content: say('Rp1') });
    expect(await remove(id)).toEqual({ __typename: 'Deleted', id });
    expect(await texts('harga')).toEqual([]);
    expect(await replies()).toEqual([]);
    expect(await remove(id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    const { node } = await world.ask(
      'query ($id: ID!) { node(id: $id) { id ... on AutoReply { keyword deletedAt } } }',
      { id },
    );
    expect(node).toEqual({ id, keyword: 'harga', deletedAt: clock.now().toISOString() });
    // The keyword is free again.
    expect((await set({ keyword: 'harga', content: say('Rp3') })).id).not.toBe(id);
    expect(await texts('harga')).toEqual(['Rp3']);
  });

  it('is listed by account, the default first', async () => {
    await set({ keyword: 'b', content: say('b') });
    await set({ keyword: 'a', content: say('a') });
    await set({ content: say('default') });
    await setAutoReply(world, { accountId: world.exotel.id, keyword: 'c', content: say('c') });
    expect((await replies(world.meta.id)).map(({ keyword }) => keyword)).toEqual([null, 'a', 'b']);
    expect((await replies(world.exotel.id)).map(({ keyword }) => keyword)).toEqual(['c']);
    expect(await replies()).toHaveLength(4);
    expect(await replies('acc_nonsense')).toEqual([]);
  });

  it('that comes too late for the window is left out, and the message is there', async () => {
    await set({ content: say('Telat.') });
    const from = person(++people);
    const at = later(clock.now(), -25 * HOUR).toISOString();
    expect(await hear(world, listeners.META, { from, text: 'kemarin', at })).toMatchObject({ status: 'RECEIVED' });
    expect(sentTo(world, listeners.META, from)).toEqual([]);
  });

  it('to the word STOP is sent where one is set; the default does not answer who asks to be left alone', async () => {
    await set({ content: say('Halo, ada promo!') });
    expect(await texts('STOP')).toEqual([]);
    await set({ keyword: 'stop', content: say('Anda tidak akan menerima promo lagi.') });
    expect(await texts('STOP')).toEqual(['Anda tidak akan menerima promo lagi.']);
  });

  it('is not sent to somebody who opted out of everything', async () => {
    await set({ content: say('Halo!') });
    const from = person(++people);
    await world.ask('mutation ($phone: String!) { optOut(phone: $phone) { __typename } }', { phone: from });
    await hear(world, listeners.META, { from, text: 'Halo' });
    expect(sentTo(world, listeners.META, from)).toEqual([]);
  });
});

describe('setAutoReply', () => {
  it('says what is wrong with what is asked', async () => {
    const problem = async (input: Record<string, unknown>): Promise<[string, string | null]> => {
      const { code, field } = await set(input);
      return [code, field];
    };
    expect(await problem({ accountId: 'acc_nonsense', content: say('a') })).toEqual(['NOT_FOUND', 'accountId']);
    expect(await problem({ keyword: '', content: say('a') })).toEqual(['INVALID_INPUT', 'keyword']);
    expect(await problem({ keyword: '  ', content: say('a') })).toEqual(['INVALID_INPUT', 'keyword']);
    expect(await problem({ keyword: 'x'.repeat(129), content: say('a') })).toEqual(['INVALID_INPUT', 'keyword']);
    expect(await problem({ keyword: 'a\0', content: say('a') })).toEqual(['INVALID_INPUT', 'keyword']);
    expect(await problem({ content: say('x'.repeat(4097)) })).toEqual(['INVALID_INPUT', 'content.text.text']);
    expect(await problem({ content: { template: { name: 'nothing' } } })).toEqual([
      ...['TEMPLATE_NOT_FOUND', 'content.template.name'],
    ]);
    expect(await problem({ content: { template: { name: 'order_ready', params: ['one'] } } })).toEqual([
      ...['TEMPLATE_PARAMS_MISMATCH', 'content.template.params'],
    ]);
    expect(await problem({ content: { media: { type: 'IMAGE', mediaId: 'med_nonsense' } } })).toEqual([
      ...['NOT_FOUND', 'content.media.mediaId'],
    ]);
    expect(await replies()).toEqual([]);
  });

  it('refuses an account that hears nobody, and a content that the account cannot send', async () => {
    const template = { template: { name: 'shipped', params: ['a', 'b', 'c'] } };
    expect(await setAutoReply(world, { accountId: world.doku.id, content: template })).toMatchObject({
      ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' },
    });
    const buttons = { interactive: { text: 'Setuju?', buttons: [{ title: 'Ya' }] } };
    expect(await setAutoReply(world, { accountId: world.wappin.id, content: buttons })).toMatchObject({
      ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: expect.stringMatching(/^content/) },
    });
  });

  it('knows nothing of another project’s accounts and replies', async () => {
    const { id } = await set({ keyword: 'rahasia', content: say('a') });
    const { key } = await makeProject(world.call, ['MANAGE']);
    const theirs = handsOf(graphql(world.gateway.url, key.secret));
    expect(await setAutoReply(theirs, { accountId: world.meta.id, content: say('b') })).toMatchObject({
      ...{ code: 'NOT_FOUND', field: 'accountId' },
    });
    expect(await remove(id, theirs.ask)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    const { autoReplies, node } = await theirs.ask('query ($id: ID!) { autoReplies { id } node(id: $id) { id } }', {
      id,
    });
    expect([autoReplies, node]).toEqual([[], null]);
    expect(await texts('rahasia')).toEqual(['a']);
  });

  it('and deleteAutoReply need MANAGE; reading them needs READ', async () => {
    const { secret } = await makeKey(world.call, ['SEND']);
    const call = graphql(world.gateway.url, secret);
    const input = { accountId: world.meta.id, content: say('a') };
    for (const mutation of [
      'mutation ($input: AutoReplyInput!) { setAutoReply(input: $input) { __typename } }',
      'mutation { deleteAutoReply(id: "arp_1") { __typename } }',
    ]) {
      const { errors } = await call(mutation, mutation.includes('$input') ? { input } : {});
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
    expect((await call('{ autoReplies { id } }')).data).toEqual({ autoReplies: [] });
  });
});
