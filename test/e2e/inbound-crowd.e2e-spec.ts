import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import { metaBody, type MetaInbound, postMeta } from '../support/meta-callback.js';
import { contact, logEnd, setAutoReply, told } from '../support/persons.js';
import {
  connectMeta,
  type ConnectedAccount,
  META_CREDENTIALS,
  person,
  startWorld,
  type World,
} from '../support/world.js';

const NUMBERS = [META_CREDENTIALS.phoneNumberId, '106540352242923'] as const;
const PERSONS = 12;
const WORDS = ['STOP', 'Halo', 'START', 'STOP'] as const;

const clock = new ManualClock();
let world: World;
let second: ConnectedAccount;
let beside: Gateway;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, clock, callbackPlan: { statuses: [] }, meta: {} });
  world.simulator.configure({ accounts: [{ kind: 'META', ...META_CREDENTIALS, phoneNumberId: NUMBERS[1] }] });
  second = await connectMeta(world.call, world.simulator.url, { credentials: { phoneNumberId: NUMBERS[1] } });
  // Another worker, so that callbacks are read side by side.
  beside = await world.gateway.beside();
});
afterAll(() => world.close());

/** The same in an order that is another for each seed, and the same again each time. */
const shuffled = <Item>(items: readonly Item[], seed: number): Item[] =>
  items
    .map((item, place) => ({ item, order: ((place + 1) * 7_919 * seed) % 10_007 }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);

it('a crowd that writes at once, each callback several times at two addresses, is heard once each and in full', async () => {
  for (const accountId of [world.meta.id, second.id])
    await setAutoReply(world, { accountId, keyword: 'halo', content: { text: { text: 'Ya?' } } });
  const after = await logEnd(world);
  const written: MetaInbound[] = NUMBERS.flatMap((phoneNumberId) =>
    WORDS.flatMap((text, word) =>
      Array.from({ length: PERSONS }, (_, n) => ({
        ...{ phoneNumberId, text, from: person(n), at: clock.now(), id: `wamid.${phoneNumberId}.${word}.${n}` },
      })),
    ),
  );
  const posts = [1, 2, 3, 4, 5, 6].flatMap((seed) => {
    const order = shuffled(written, seed);
    const url = seed % 2 === 0 ? second.callbackUrl : world.meta.callbackUrl;
    const bodies = Array.from({ length: 8 }, (_, part) =>
      metaBody(...order.filter((_one, place) => place % 8 === part)),
    );
    return bodies.map((body) => postMeta(url, body));
  });
  expect(new Set(await Promise.all(posts))).toEqual(new Set([200]));
  await world.pass(5_000);

  const received = await world.rows(
    `select provider_message_id as id from messages where direction = 'INBOUND' order by provider_message_id`,
  );
  expect(received.map(({ id }) => id)).toEqual(written.map(({ id }) => id).sort());
  const events = await told(world, after, 'MESSAGE_RECEIVED');
  expect(events).toHaveLength(written.length);
  expect(await world.rows('select count(*)::int as open from callbacks where due_at is not null')).toEqual([
    { open: 0 },
  ]);
  const replies = world.simulator.ledger.messages({ kind: 'META' });
  expect(replies).toHaveLength(PERSONS * NUMBERS.length);
  for (let n = 0; n < PERSONS; n++) {
    // STOP, or nothing, whichever came last; the log of it has no gap and takes turns.
    const { optedOut } = (await contact(world, { phone: person(n) })).consent;
    expect([null, 'MARKETING']).toContain(optedOut);
    const words = (await told(world, after, 'OPT_OUT_ADDED', 'OPT_OUT_REMOVED')).filter(
      ({ data }) => data.optOut.phone === person(n),
    );
    expect(words.map(({ sequence }) => sequence)).toEqual(words.map((_, index) => index + 1));
    expect(words.map(({ type }) => type)).toEqual(
      words.map((_, index) => (index % 2 === 0 ? 'OPT_OUT_ADDED' : 'OPT_OUT_REMOVED')),
    );
    expect(optedOut).toBe(words.length % 2 === 0 ? null : 'MARKETING');
  }
  const lines = [...world.gateway.lines, ...beside.lines];
  expect(lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
});

it('the same persons writing to two numbers at once, in opposite orders, hold nobody up', async () => {
  const crowd = Array.from({ length: 60 }, (_, n) => person(1_000 + n));
  for (const [round, text] of ['STOP', 'START', 'STOP', 'START', 'STOP'].entries()) {
    const bodies = NUMBERS.map((phoneNumberId, number) =>
      metaBody(
        ...(number === 0 ? crowd : crowd.toReversed()).map((from) => ({
          ...{ phoneNumberId, from, text, at: clock.now(), id: `wamid.${round}.${phoneNumberId}.${from}` },
        })),
      ),
    );
    const urls = [world.meta.callbackUrl, second.callbackUrl];
    await Promise.all(bodies.map((body, number) => postMeta(urls[number] ?? null, body)));
    await world.pass(1_000);
  }
  expect(await world.rows('select count(*)::int as open from callbacks where due_at is not null')).toEqual([
    { open: 0 },
  ]);
  const lines = [...world.gateway.lines, ...beside.lines];
  expect(lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([]);
  const rows = await world.rows('select sequence, scope from opt_outs where phone = any($1)', [crowd]);
  expect(rows).toEqual(crowd.map(() => ({ sequence: 5, scope: 'MARKETING' })));
});
