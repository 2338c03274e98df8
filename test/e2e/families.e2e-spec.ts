import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { metaBody, metaSignature, postMeta } from '../support/meta-callback.js';
import { contact, heard, type Listener, listenersOf, sentTo, setAutoReply, text, write } from '../support/persons.js';
import {
  connectMeta,
  type ConnectedAccount,
  handsOf,
  META_CREDENTIALS,
  person,
  startWorld,
  type World,
} from '../support/world.js';

const SECOND_NUMBER = '106540352242923';
const STRANGE_NUMBER = '106540352242924';
const OTHER_SECRET = 'another_app_secret_02';

const clock = new ManualClock();
let world: World;
/** Two numbers of one app, with one callback address: that of the first. */
let first: Listener;
let second: Listener;
/** A number of another app. */
let strange: ConnectedAccount;
beforeAll(async () => {
  world = await startWorld({
    doku: false,
    wappin: false,
    clock,
    callbackPlan: { statuses: ['sent', 'delivered'] },
    meta: {},
  });
  first = listenersOf(world).META;
  const appId = '670843887433847';
  world.simulator.configure({
    accounts: [{ kind: 'META', ...META_CREDENTIALS, phoneNumberId: SECOND_NUMBER, appId }],
  });
  const { call, simulator } = world;
  const credentials = { phoneNumberId: SECOND_NUMBER };
  second = {
    ...(await connectMeta(call, simulator.url, { name: 'Second number', credentials })),
    ...{ kind: 'META', simulated: SECOND_NUMBER },
  };
  strange = await connectMeta(call, simulator.url, {
    ...{ name: 'Another app', credentials: { phoneNumberId: STRANGE_NUMBER, appSecret: OTHER_SECRET } },
  });
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);
let made = 0;
const wamid = (): string => `wamid.family${++made}`;
const inbound = (phoneNumberId: string, from: string, id = wamid()) => ({
  ...{ phoneNumberId, from, id, text: 'Halo', at: clock.now() },
});
const stored = async (): Promise<unknown> => world.counts('callbacks', 'messages', 'conversations', 'events');
const accountsOf = async (...ids: string[]): Promise<(string | undefined)[]> =>
  (await Promise.all(ids.map((id) => heard(world, id)))).map(([message]) => message?.account.id);

describe('a callback at the first number’s address', () => {
  it('of something written to the second is a message of the second, with its window there', async () => {
    const from = somebody();
    const id = await write(world, second, { from, text: 'Halo', url: String(first.callbackUrl) });
    expect(await accountsOf(id)).toEqual([second.id]);
    const { windows } = await contact(world, { phone: from });
    const lastHeard = Object.fromEntries(windows.map(({ account, lastInboundAt }: any) => [account.id, lastInboundAt]));
    expect(lastHeard).toEqual({ [first.id]: null, [second.id]: clock.now().toISOString(), [strange.id]: null });
  });

  it('moves on what was sent from the second', async () => {
    const to = somebody();
    await write(world, second, { from: to, text: 'Halo', url: String(first.callbackUrl) });
    const { id } = await world.send(text(to, 'Halo juga', second));
    const message = await world.messageIn(id, 'DELIVERED');
    expect(message).toMatchObject({ account: { id: second.id } });
    const body = metaBody({
      ...{
        phoneNumberId: SECOND_NUMBER,
        id: message.providerMessageId,
        status: 'read',
        recipient: to,
        at: clock.now(),
      },
    });
    expect(await postMeta(first.callbackUrl, body)).toBe(200);
    await world.messageIn(id, 'READ');
  });

  it('for both numbers in one body is taken apart', async () => {
    const [a, b] = [inbound(META_CREDENTIALS.phoneNumberId, somebody()), inbound(SECOND_NUMBER, somebody())];
    expect(await postMeta(first.callbackUrl, metaBody(a, b))).toBe(200);
    await world.quiet();
    expect(await accountsOf(a.id, b.id)).toEqual([first.id, second.id]);
  });

  it('that comes at the second’s address as well is one message', async () => {
    const one = inbound(SECOND_NUMBER, somebody());
    const body = metaBody(one);
    await Promise.all([first, second, first, second].map(({ callbackUrl }) => postMeta(callbackUrl, body)));
    await world.quiet();
    expect(await heard(world, one.id)).toHaveLength(1);
  });

  it('is answered by the number that was written to', async () => {
    await setAutoReply(world, { accountId: second.id, content: { text: { text: 'Nomor dua.' } } });
    const from = somebody();
    await write(world, second, { from, text: 'Halo', url: String(first.callbackUrl) });
    await write(world, first, { from, text: 'Halo' });
    expect(sentTo(world, second, from)).toMatchObject([{ content: { body: 'Nomor dua.' } }]);
    expect(sentTo(world, first, from)).toEqual([]);
  });

  it('of a number that is nobody’s is taken, kept, and given up after a day', async () => {
    const one = inbound('999', somebody());
    expect(await postMeta(first.callbackUrl, metaBody(one))).toBe(200);
    await world.pass(DAY + 2 * HOUR, HOUR);
    expect(await heard(world, one.id)).toEqual([]);
    const kept = await world.rows('select unmatched, due_at from callbacks where body = $1', [
      Buffer.from(metaBody(one)),
    ]);
    expect(kept).toEqual([{ unmatched: true, due_at: null }]);
  });
});

it('what is written to a number before it is connected is heard when it is', async () => {
  const phoneNumberId = '106540352242925';
  const one = inbound(phoneNumberId, somebody());
  expect(await postMeta(first.callbackUrl, metaBody(one))).toBe(200);
  await world.pass(HOUR, HOUR / 4);
  expect(await heard(world, one.id)).toEqual([]);
  const { call, simulator } = world;
  const third = await connectMeta(call, simulator.url, { name: 'Third number', credentials: { phoneNumberId } });
  await world.pass(2 * HOUR, HOUR / 4);
  expect(await heard(world, one.id)).toMatchObject([{ account: { id: third.id }, sentAt: one.at.toISOString() }]);
});

describe('an account with another secret', () => {
  it('is not reached by what our secret signed, wherever it is posted', async () => {
    const one = inbound(STRANGE_NUMBER, somebody());
    expect(await postMeta(first.callbackUrl, metaBody(one))).toBe(200);
    expect(await postMeta(strange.callbackUrl, metaBody(one))).toBe(401);
    await world.quiet();
    expect(await heard(world, one.id)).toEqual([]);
  });

  it('reaches none of ours with its own', async () => {
    const one = inbound(SECOND_NUMBER, somebody());
    const before = await stored();
    expect(await postMeta(first.callbackUrl, metaBody(one), { appSecret: OTHER_SECRET })).toBe(401);
    expect(await stored()).toEqual(before);
    expect(await postMeta(strange.callbackUrl, metaBody(one), { appSecret: OTHER_SECRET })).toBe(200);
    await world.quiet();
    expect(await heard(world, one.id)).toEqual([]);
  });

  it('cannot say that a message of ours was read, or that it failed', async () => {
    const to = somebody();
    await write(world, first, { from: to, text: 'Halo' });
    const { id } = await world.send(text(to, 'Halo juga', first));
    const { providerMessageId } = await world.messageIn(id, 'DELIVERED');
    for (const phoneNumberId of [META_CREDENTIALS.phoneNumberId, STRANGE_NUMBER])
      for (const status of ['read', 'failed']) {
        const body = metaBody({ phoneNumberId, id: providerMessageId, status, recipient: to, at: clock.now() });
        expect(await postMeta(strange.callbackUrl, body, { appSecret: OTHER_SECRET })).toBe(200);
      }
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'DELIVERED' });
  });

  it('hears what is its own', async () => {
    const one = inbound(STRANGE_NUMBER, somebody());
    expect(await postMeta(strange.callbackUrl, metaBody(one), { appSecret: OTHER_SECRET })).toBe(200);
    await world.quiet();
    expect(await accountsOf(one.id)).toEqual([strange.id]);
  });

  it('of another project is another’s, though number and secret be the same', async () => {
    const { key } = await makeProject(world.call, ['ADMIN']);
    const call = graphql(world.gateway.url, key.secret);
    const theirs = await connectMeta(call, world.simulator.url, { credentials: { phoneNumberId: SECOND_NUMBER } });
    const [ours, their] = [inbound(SECOND_NUMBER, somebody()), inbound(SECOND_NUMBER, somebody())];
    expect(await postMeta(first.callbackUrl, metaBody(ours))).toBe(200);
    expect(await postMeta(theirs.callbackUrl, metaBody(their))).toBe(200);
    await world.quiet();
    expect(await accountsOf(ours.id, their.id)).toEqual([second.id, undefined]);
    expect(await heard(handsOf(call), their.id)).toMatchObject([{ account: { id: theirs.id } }]);
    expect(await heard(handsOf(call), ours.id)).toEqual([]);
  });
});

describe('a callback that is not genuine', () => {
  const refusals: readonly (readonly [string, (body: string) => readonly [string, string | null]])[] = [
    [
      'one byte of it is changed',
      (body) => [body.replace('Halo', 'Hola'), metaSignature(body, META_CREDENTIALS.appSecret)],
    ],
    ['a blank is added', (body) => [`${body} `, metaSignature(body, META_CREDENTIALS.appSecret)]],
    ['it has no signature', (body) => [body, null]],
    ['its signature is empty', (body) => [body, '']],
    ['another secret signed it', (body) => [body, metaSignature(body, OTHER_SECRET)]],
    ['the signature lacks a digit', (body) => [body, metaSignature(body, META_CREDENTIALS.appSecret).slice(0, -1)]],
    ['the signature lacks its name', (body) => [body, metaSignature(body, META_CREDENTIALS.appSecret).slice(7)]],
  ];

  it.each(refusals)('because %s is 401, and nothing happens', async (_why, forge) => {
    const one = inbound(META_CREDENTIALS.phoneNumberId, somebody());
    const before = await stored();
    const [body, signature] = forge(metaBody(one));
    expect(await postMeta(first.callbackUrl, body, { signature })).toBe(401);
    await world.quiet();
    expect(await stored()).toEqual(before);
  });

  it('and the same whole is taken: the signature is over the bytes as they came', async () => {
    const one = { ...inbound(META_CREDENTIALS.phoneNumberId, somebody()), text: 'é 試 👋 /' };
    const asMeta = metaBody(one)
      .replaceAll('/', '\\/')
      .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    expect(await postMeta(first.callbackUrl, asMeta)).toBe(200);
    await world.quiet();
    expect(await heard(world, one.id)).toMatchObject([{ content: { text: one.text } }]);
  });
});

describe('Meta’s challenge', () => {
  const challenge = async (query: Record<string, string>): Promise<[number, string]> => {
    const answer = await fetch(`${first.callbackUrl}?${new URLSearchParams(query).toString()}`);
    return [answer.status, await answer.text()];
  };
  const right = {
    ...{ 'hub.mode': 'subscribe', 'hub.challenge': '1158201444' },
    'hub.verify_token': META_CREDENTIALS.verifyToken,
  };

  it('with our token is answered with the bare number', async () => {
    expect(await challenge(right)).toEqual([200, '1158201444']);
  });

  it('with a wrong token, none, or for another purpose is 403, and no echo', async () => {
    for (const wrong of [
      { ...right, 'hub.verify_token': 'guess' },
      { ...right, 'hub.verify_token': '' },
      { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444' },
      { ...right, 'hub.mode': 'unsubscribe' },
      {},
    ]) {
      const [status, body] = await challenge(wrong as Record<string, string>);
      expect(status).toBe(403);
      expect(body).not.toContain('1158201444');
    }
  });

  it('at an address that is nobody’s is 404', async () => {
    const nobody = String(first.callbackUrl).replace(/callbacks\/[^/]+/, 'callbacks/nobody');
    expect((await fetch(`${nobody}?${new URLSearchParams(right).toString()}`)).status).toBe(404);
  });
});

it('a number that was given up hears nothing any more, and its messages are not given to the first', async () => {
  await world.ask('mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename } }', { id: second.id });
  const one = inbound(SECOND_NUMBER, somebody());
  expect(await postMeta(first.callbackUrl, metaBody(one))).toBe(200);
  expect(await postMeta(second.callbackUrl, metaBody(one))).not.toBe(500);
  await world.quiet();
  expect(await heard(world, one.id)).toEqual([]);
});
