import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { graphql, subscribe, type Subscription } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { listenersOf, logEnd, write } from '../support/persons.js';
import { person, startWorld, viaWappin, type World } from '../support/world.js';

const RECEIVED = `subscription ($accountId: ID, $after: ID) { messageReceived(accountId: $accountId, after: $after) {
  id direction status from account { id } content { ... on TextContent { text } } } }`;

let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({
    doku: false,
    exotel: {},
    meta: {},
    clock: new ManualClock(),
    callbackPlan: { statuses: [] },
  });
  listeners = listenersOf(world);
});
afterAll(() => world.close());

const open: Subscription[] = [];
/** Follows what is received, from the moment in which this resolves. */
async function follow(variables: Record<string, unknown> = {}, key = world.gateway.adminKey): Promise<Subscription> {
  const subscription = subscribe(world.gateway.url, key, RECEIVED, variables);
  open.push(subscription);
  await subscription.connected;
  return subscription;
}
afterEach(async () => {
  for (const subscription of open.splice(0)) await subscription.stop();
});

const textsOf = async (subscription: Subscription, count: number): Promise<string[]> =>
  (await subscription.take(count)).map(({ messageReceived }) => messageReceived.content.text);

let people = 0;
const writeAll = async (to: 'WAPPIN' | 'EXOTEL' | 'META', ...texts: string[]): Promise<void> => {
  for (const text of texts) await write(world, listeners[to], { from: person(++people), text });
};

describe('messageReceived', () => {
  it('tells what persons write as it comes, from every account, and nothing of what is sent', async () => {
    const subscription = await follow();
    await world.send(viaWappin(person(9_000)));
    const from = person(9_001);
    await write(world, listeners.META, { from, text: 'lewat Meta' });
    expect((await subscription.next()).messageReceived).toEqual({
      ...{ id: expect.stringMatching(/^msg_/), direction: 'INBOUND', status: 'RECEIVED', from },
      ...{ account: { id: world.meta.id }, content: { text: 'lewat Meta' } },
    });
    await writeAll('EXOTEL', 'lewat Exotel');
    await writeAll('WAPPIN', 'lewat Wappin');
    expect(await textsOf(subscription, 2)).toEqual(['lewat Exotel', 'lewat Wappin']);
  });

  it('of one account tells nothing of the others', async () => {
    const subscription = await follow({ accountId: world.exotel.id });
    await writeAll('META', 'anderswo');
    await writeAll('EXOTEL', 'hier');
    await writeAll('META', 'anderswo');
    await writeAll('EXOTEL', 'und hier');
    expect(await textsOf(subscription, 2)).toEqual(['hier', 'und hier']);
  });

  it('with the id of an event first tells all that came since, each once, and then goes on', async () => {
    await writeAll('META', 'before');
    const after = await logEnd(world);
    await writeAll('META', 'one', 'two', 'three');
    const subscription = await follow({ after });
    expect(await textsOf(subscription, 3)).toEqual(['one', 'two', 'three']);
    await writeAll('META', 'four');
    expect(await textsOf(subscription, 1)).toEqual(['four']);
  });

  it('with an account and the id of an event tells what came to that account since', async () => {
    const after = await logEnd(world);
    await writeAll('META', 'not this');
    await writeAll('WAPPIN', 'this');
    await writeAll('META', 'nor this');
    const subscription = await follow({ accountId: world.wappin.id, after });
    await writeAll('WAPPIN', 'and this');
    expect(await textsOf(subscription, 2)).toEqual(['this', 'and this']);
  });

  it('tells a repeated callback once', async () => {
    const subscription = await follow();
    await write(world, listeners.META, { from: person(9_002), text: 'sekali', times: 20 });
    await writeAll('META', 'lalu');
    expect(await textsOf(subscription, 2)).toEqual(['sekali', 'lalu']);
  });

  it('reaches one who follows through another process', async () => {
    const api = await world.gateway.beside({ env: { ROLE: 'api' } });
    const subscription = subscribe(api.url, world.gateway.adminKey, RECEIVED);
    open.push(subscription);
    await subscription.connected;
    await writeAll('EXOTEL', 'quer');
    expect(await textsOf(subscription, 1)).toEqual(['quer']);
  });

  it('is silent about another project, and about accounts that do not exist', async () => {
    const { key } = await makeProject(world.call, ['READ']);
    const after = await logEnd(world);
    const theirs = await follow({ after }, key.secret);
    const ofNobody = await follow({ accountId: 'acc_nonsense', after });
    const ours = await follow({ after });
    const first = Promise.race([theirs.next(), ofNobody.next()]);
    await writeAll('META', 'rahasia');
    expect(await textsOf(ours, 1)).toEqual(['rahasia']);
    expect(await Promise.race([first, Promise.resolve('nothing')])).toBe('nothing');
    const { messages } = (await graphql(world.gateway.url, key.secret)('{ messages { totalCount } }')).data;
    expect(messages.totalCount).toBe(0);
    first.catch(() => undefined);
  });
});
