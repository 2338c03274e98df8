import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { ignoreWindowsAtMeta, person, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
/** Meta reports when these are moved on. */
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, meta: {}, clock, timers });
  ignoreWindowsAtMeta(world.simulator);
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let people = 0;
/** Until the next message to the same person may leave: Meta takes one in six seconds. */
const turn = (): Promise<void> => world.pass(7 * SECOND, 7 * SECOND);
const requests = (): number => world.simulator.ledger.counts({ kind: 'META' }).requests;
/** A message to whose call this happens; answers its id when nothing is under way any more. */
async function sent(behaviour: Behaviour, to = person(++people)): Promise<string> {
  world.simulator.configure({ faults: [{ kind: 'META', next: 1, behaviour }] });
  const { id } = await world.send({ to, content: { text: { text: 'Halo' } } });
  await world.quiet();
  await turn();
  return id;
}
const reported = (id: string, status: string): Promise<any> =>
  until(async () => {
    timers.advance(50);
    const message = await world.message(id);
    return message.status === status && message;
  }, `it is ${status}`);
const types = (message: any): string[] => message.events.map(({ type }: any) => type.replace('MESSAGE_', ''));
/** Everything of ours that Meta is asked to echo, by its id of the message. */
const echoes = (messageId: string): string | undefined => world.simulator.ledger.messages({ messageId })[0]?.customData;

describe('an answer that is lost', () => {
  it.each([
    ['the line drops', { line: 'dropped' }],
    ['it is cut', { line: 'cut' }],
    ['a proxy answers 504', { refuse: { http: 504, code: null, message: '' }, sent: true }],
    ['something answers that is no JSON', { answer: 'html' }],
    ['no id comes with it', { answer: 'empty' }],
  ] as [string, Behaviour][])(
    'leaves the message UNCONFIRMED, and its statuses settle it by biz_opaque_callback_data: %s',
    async (_name, behaviour) => {
      const before = requests();
      const id = await sent(behaviour);
      const unconfirmed = await world.message(id);
      expect(unconfirmed).toMatchObject({ status: 'UNCONFIRMED', providerMessageId: null });
      expect(unconfirmed.attempts).toMatchObject([{ outcome: 'UNCERTAIN' }]);
      const message = await reported(id, 'READ');
      expect(message.problem).toBeNull();
      expect(types(message)).toEqual(['QUEUED', 'UNCONFIRMED', 'SENT', 'DELIVERED', 'READ']);
      expect(echoes(message.providerMessageId)).toBe(uuidOf('att', message.attempts[0].id));
      expect(requests()).toBe(before + 1);
    },
  );

  it('settles each of several to the same person, whose numbers and times are the same', async () => {
    const to = person(++people);
    const ids = [
      await sent({ line: 'dropped' }, to),
      await sent({ line: 'dropped' }, to),
      await sent({ line: 'dropped' }, to),
    ];
    for (const id of ids) expect(await world.message(id)).toMatchObject({ status: 'UNCONFIRMED' });
    for (const id of ids) await reported(id, 'READ');
    for (const id of ids) {
      const { providerMessageId, attempts } = await world.message(id);
      expect(echoes(providerMessageId)).toBe(uuidOf('att', attempts[0].id));
    }
  });

  it('is settled by a failure too', async () => {
    const id = await sent({ line: 'dropped', callbacks: { statuses: ['131026'] } });
    expect(await reported(id, 'FAILED')).toMatchObject({
      problem: { code: 'NOT_ON_WHATSAPP', provider: { provider: 'META', code: '131026' } },
    });
  });

  it('is never asked for again by itself', async () => {
    const id = await sent({ line: 'dropped', callbacks: { statuses: [] } });
    const before = requests();
    await world.pass(HOUR, MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'UNCONFIRMED' });
    expect(requests()).toBe(before);
  });

  it('of a first try moves the message by success, though it was sent again', async () => {
    const id = await sent({ line: 'dropped' });
    await world.ask('mutation ($id: ID!) { retryMessage(id: $id) { __typename } }', { id });
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'SUBMITTED' });
    expect(message.attempts.map(({ outcome }: any) => outcome)).toEqual(['UNCERTAIN', 'ACCEPTED']);
    const [second, first] = world.simulator.ledger.messages({ recipient: message.to.slice(1) });
    expect(first?.customData).toBe(uuidOf('att', message.attempts[0].id));
    expect(second?.customData).toBe(uuidOf('att', message.attempts[1].id));
    const read = await reported(id, 'READ');
    expect(types(read)).toEqual(['QUEUED', 'UNCONFIRMED', 'RETRIED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ']);
  });
});

describe('statuses that come before the answer', () => {
  it('move the message, which goes on from there', async () => {
    world.simulator.configure({
      faults: [{ kind: 'META', next: 1, behaviour: { callbacks: { beforeAnswer: true } } }],
    });
    const { id } = await world.send({ to: person(++people), content: { text: { text: 'Halo' } } });
    const message = await world.answeredIn(id, 'READ');
    const forward = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];
    expect(types(message)).toEqual(forward.filter((one) => types(message).includes(one)));
    expect(message.attempts).toMatchObject([{ outcome: 'ACCEPTED', providerMessageId: message.providerMessageId }]);
  });

  it('and a failure among them is not taken back by the answer', async () => {
    const callbacks = { beforeAnswer: true, statuses: ['131026'] } as const;
    world.simulator.configure({ faults: [{ kind: 'META', next: 1, behaviour: { callbacks } }] });
    const { id } = await world.send({ to: person(++people), content: { text: { text: 'Halo' } } });
    const message = await world.answeredIn(id, 'FAILED');
    await world.quiet();
    expect(await world.message(id)).toMatchObject({
      ...{ status: 'FAILED', problem: { code: 'NOT_ON_WHATSAPP' }, providerMessageId: message.providerMessageId },
    });
  });
});
