import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ManualTimers } from '../../src/simulator/timers.js';
import { makeProject } from '../support/keys.js';
import { openRawSocket, type RawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';
import { person, startWorld, viaWappin, type World } from '../support/world.js';

const UPDATES = `subscription ($id: ID, $filter: MessageFilter) {
  messageUpdated(id: $id, filter: $filter) { id status reference to }
}`;
const FORWARD = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];

/** The provider answers, and reports, when these are moved on. */
const timers = new ManualTimers();
let world: World;
let stranger: string;
const sockets: RawSocket[] = [];
beforeAll(async () => {
  world = await startWorld({ doku: false, timers });
  world.simulator.configure({ faults: [{ kind: 'WAPPIN', behaviour: { delayMs: 10 } }] });
  stranger = (await makeProject(world.call, ['SEND'])).key.secret;
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.cut()));
afterAll(() => world.close());

async function follow(variables: Record<string, unknown>, key = world.gateway.adminKey): Promise<RawSocket> {
  const socket = await openRawSocket(world.gateway.url, key);
  sockets.push(socket);
  socket.subscribe(UPDATES, variables);
  await socket.read();
  return socket;
}

const statuses = ({ received }: RawSocket, id?: string): string[] =>
  received
    .map(({ messageUpdated }) => messageUpdated)
    .filter((message) => id === undefined || message.id === id)
    .map(({ status }) => status);

/** States in between may be merged, and a state may be told again; it never goes back and always ends. */
function expectForward(seen: readonly string[], end: string): void {
  const places = seen.map((status) => FORWARD.indexOf(status));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(end);
}

/** The same as `until`, and the provider goes on meanwhile. */
const untilPlayed = (fact: () => boolean, what: string): Promise<unknown> =>
  until(() => {
    timers.advance(10);
    return fact();
  }, what);

async function sendAndPlay(input: Record<string, unknown>): Promise<{ id: string }> {
  const message = await world.send(input);
  const witness = await follow({ id: message.id });
  await untilPlayed(() => statuses(witness).includes('READ'), 'the message is read');
  return message;
}

describe('messageUpdated of one message', () => {
  it('first tells it as it is, then after each change, up to the last', async () => {
    const { id } = await world.send(viaWappin(person(1)));
    const socket = await follow({ id });
    await until(() => socket.received.length > 0);
    expect(statuses(socket)).toEqual(['QUEUED']);
    await untilPlayed(() => statuses(socket).includes('READ'), 'the last change');
    expectForward(statuses(socket), 'READ');
    expect(new Set(socket.received.map(({ messageUpdated }) => messageUpdated.id))).toEqual(new Set([id]));
  });

  it('loses no change that comes while it begins', async () => {
    for (let turn = 0; turn < 15; turn++) {
      const { id } = await world.send(viaWappin(person(100 + turn)));
      const socket = await follow({ id });
      await untilPlayed(() => statuses(socket).includes('READ'), 'the last change');
      expectForward(statuses(socket), 'READ');
    }
  });

  it('tells a message that moves no more, once', async () => {
    const { id } = await sendAndPlay(viaWappin(person(2)));
    const socket = await follow({ id });
    await until(() => socket.received.length > 0);
    await sendAndPlay(viaWappin(person(3)));
    expect(statuses(socket)).toEqual(['READ']);
  });

  it('with a filter tells only the states that it lets through', async () => {
    const { id } = await world.send(viaWappin(person(4)));
    const ends = await follow({ id, filter: { statuses: ['READ', 'FAILED'] } });
    expect(ends.received).toEqual([]);
    await untilPlayed(() => ends.received.length > 0, 'the end state');
    expect(statuses(ends)).toEqual(['READ']);
  });

  it('says nothing of what does not exist, and nothing of another project’s message', async () => {
    const { id } = await world.send(viaWappin(person(5)));
    const quiet = [
      await follow({ id }, stranger),
      await follow({ id: `msg_${'0'.repeat(32)}` }),
      await follow({ id: 'x' }),
    ];
    await sendAndPlay(viaWappin(person(6)));
    await untilPlayed(() => timers.pending === 0, 'the provider has said all');
    expect(await world.messageIn(id, 'READ')).toMatchObject({ status: 'READ' });
    expect(quiet.map(({ received }) => received)).toEqual([[], [], []]);
  });
});

describe('messageUpdated of all messages', () => {
  it('tells those that the filter lets through, from the moment that its frame was read', async () => {
    const socket = await follow({ filter: { reference: 'wanted' } });
    const unwanted = await world.send(viaWappin(person(8), { reference: 'unwanted' }));
    const wanted = await sendAndPlay(viaWappin(person(7), { reference: 'wanted' }));
    const last = await sendAndPlay(viaWappin(person(9), { reference: 'wanted' }));
    await untilPlayed(() => statuses(socket, last.id).includes('READ'), 'the last one is read');
    expectForward(statuses(socket, wanted.id), 'READ');
    expect(statuses(socket, unwanted.id)).toEqual([]);
  });

  it('stays within the project', async () => {
    const socket = await follow({}, stranger);
    await sendAndPlay(viaWappin(person(10)));
    expect(socket.received).toEqual([]);
  });
});
