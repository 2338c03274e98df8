import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { hear, heard, listenersOf, logEnd, text, told } from '../support/persons.js';
import { handsOf, person, PROBLEM, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({ doku: false, clock, callbackPlan: { statuses: [] }, ...{ exotel: {}, meta: {} } });
  listeners = listenersOf(world);
});
afterAll(() => world.close());

const MARK = `mutation ($id: ID!) { markRead(id: $id) { __typename ... on Message { id status readAt } ${PROBLEM} } }`;
const mark = async (id: string, ask = world.ask): Promise<any> => (await ask(MARK, { id })).markRead;
/** What Meta was told of the message. */
const calls = (providerMessageId: string): number =>
  world.simulator.ledger.calls({ kind: 'META', messageId: providerMessageId }).length;

let people = 0;
const somebody = (): string => person(++people);

describe('markRead', () => {
  it('shows the person at Meta that their message was read, once', async () => {
    const message = await hear(world, listeners.META, { from: somebody(), text: 'Halo' });
    const after = await logEnd(world);
    const readAt = clock.now().toISOString();
    expect(await mark(message.id)).toEqual({ __typename: 'Message', id: message.id, status: 'RECEIVED', readAt });
    expect(calls(message.providerMessageId)).toBe(1);
    await world.pass(MINUTE, MINUTE);
    expect(await mark(message.id)).toMatchObject({ readAt });
    expect(calls(message.providerMessageId)).toBe(1);
    expect(await heard(world, message.providerMessageId)).toMatchObject([{ status: 'RECEIVED', readAt }]);
    // Nothing of it is news of the message: it stays RECEIVED.
    expect((await told(world, after)).filter(({ data }) => data.message)).toEqual([]);
  });

  it('that Meta refuses says why, and may be tried again', async () => {
    const message = await hear(world, listeners.META, { from: somebody(), text: 'Halo' });
    world.simulator.configure({
      faults: [
        { kind: 'META', on: 'inquiry', next: 1, behaviour: { refuse: { http: 400, code: '100', message: 'no' } } },
      ],
    });
    expect(await mark(message.id)).toMatchObject({
      ...{ __typename: 'Problem', code: 'PROVIDER_REJECTED' },
      provider: { code: '100' },
    });
    expect(await heard(world, message.providerMessageId)).toMatchObject([{ readAt: null }]);
    expect(await mark(message.id)).toMatchObject({ __typename: 'Message', readAt: clock.now().toISOString() });
  });

  it('that finds Meta away says so, and may be tried again', async () => {
    const message = await hear(world, listeners.META, { from: somebody(), text: 'Halo' });
    world.simulator.configure({
      faults: [
        { kind: 'META', on: 'inquiry', next: 1, behaviour: { refuse: { http: 503, code: null, message: 'away' } } },
      ],
    });
    expect(await mark(message.id)).toMatchObject({ __typename: 'Problem', code: 'PROVIDER_UNAVAILABLE' });
    expect(await mark(message.id)).toMatchObject({ __typename: 'Message' });
  });

  it.each(['WAPPIN', 'EXOTEL'] as const)('is UNSUPPORTED_BY_PROVIDER at %s', async (kind) => {
    const message = await hear(world, listeners[kind], { from: somebody(), text: 'Halo' });
    expect(await mark(message.id)).toMatchObject({ __typename: 'Problem', code: 'UNSUPPORTED_BY_PROVIDER' });
    expect(await heard(world, message.providerMessageId)).toMatchObject([{ readAt: null }]);
  });

  it('of a message of ours is no step that there is', async () => {
    const { id } = await world.send(text(somebody(), 'Halo', world.meta));
    await world.quiet();
    expect(await mark(id)).toMatchObject({ __typename: 'Problem', code: 'INVALID_TRANSITION', field: 'id' });
  });

  it('of nothing, or of another project’s, is NOT_FOUND', async () => {
    const { id, providerMessageId } = await hear(world, listeners.META, { from: somebody(), text: 'Halo' });
    const missing = { __typename: 'Problem', code: 'NOT_FOUND', field: 'id' };
    for (const wrong of ['msg_nonsense', '', id.replace('msg_', 'acc_')])
      expect(await mark(wrong)).toMatchObject(missing);
    const { key } = await makeProject(world.call, ['SEND']);
    expect(await mark(id, handsOf(graphql(world.gateway.url, key.secret)).ask)).toMatchObject(missing);
    expect(calls(providerMessageId)).toBe(0);
  });

  it('needs SEND', async () => {
    const { id } = await hear(world, listeners.META, { from: somebody(), text: 'Halo' });
    const { secret } = await makeKey(world.call, ['READ']);
    const { errors } = await graphql(world.gateway.url, secret)(MARK, { id });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
