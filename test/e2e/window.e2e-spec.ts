import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { contact, hear, listenersOf, sentTo, text, write } from '../support/persons.js';
import { addTemplate, person, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({
    ...{ clock, callbackPlan: { statuses: [] } },
    ...{ exotel: {}, meta: {}, sendtalk: {} },
  });
  listeners = listenersOf(world);
  await addTemplate(world.call, { name: 'order_ready', body: 'Halo {{1}}, pesanan {{2}}.', account: world.meta });
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);
const ago = (ms: number): string => later(clock.now(), -ms).toISOString();
const closed = (retryAt: string | null): object => ({
  ...{ __typename: 'Problem', code: 'SESSION_WINDOW_CLOSED', retryAt },
  message: expect.stringContaining('24 hours'),
});
const CLOSED = closed(null);
const OPEN = { __typename: 'Message', status: 'QUEUED' };

/** Free content of every kind. */
const FREE = {
  text: { text: { text: 'Halo' } },
  media: { media: { type: 'IMAGE', url: 'http://127.0.0.1:9/a.jpg' } },
  interactive: { interactive: { text: 'Setuju?', buttons: [{ title: 'Ya' }] } },
};

describe('the 24 hours after a person’s own message', () => {
  it('let everything be said, until they are over by the provider’s clock', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'Halo', at: ago(24 * HOUR - MINUTE) });
    for (const content of Object.values(FREE))
      expect(await world.send({ to, content, accountId: world.meta.id })).toMatchObject(OPEN);
    // Meta takes one message to a person in six seconds.
    await world.pass(2 * MINUTE, 7 * SECOND);
    for (const [kind, content] of Object.entries(FREE))
      expect(await world.send({ to, content, accountId: world.meta.id })).toMatchObject({
        ...closed(ago(MINUTE)),
        field: `content.${kind}`,
      });
    expect(sentTo(world, listeners.META, to)).toHaveLength(3);
  });

  it('are over at once for one whose message comes 25 hours late, and nothing is stored or called', async () => {
    const to = somebody();
    await hear(world, listeners.META, { from: to, text: 'dari kemarin', at: ago(25 * HOUR) });
    const before = await world.counts('messages', 'message_attempts');
    expect(await world.send(text(to, 'Halo', world.meta))).toMatchObject(closed(ago(HOUR)));
    expect(await world.counts('messages', 'message_attempts')).toEqual(before);
    expect(sentTo(world, listeners.META, to)).toEqual([]);
  });

  it('are needed for no template', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'lama', at: ago(30 * DAY) });
    const template = { template: { name: 'order_ready', params: ['Budi', 'A-1'] } };
    expect(await world.send({ to, content: template })).toMatchObject(OPEN);
  });

  it('begin anew with each message of theirs', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'lama', at: ago(25 * HOUR) });
    expect(await world.send(text(to, 'Halo', world.meta))).toMatchObject({ code: 'SESSION_WINDOW_CLOSED' });
    await write(world, listeners.META, { from: to, text: 'lagi', at: ago(HOUR) });
    expect(await world.send(text(to, 'Halo', world.meta))).toMatchObject(OPEN);
    expect((await contact(world, { phone: to, accountId: world.meta.id })).windows).toEqual([
      { account: { id: world.meta.id }, lastInboundAt: ago(HOUR), closesAt: ago(-23 * HOUR) },
    ]);
  });

  it('are not shortened by an older message that comes later', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'baru', at: ago(HOUR) });
    await write(world, listeners.META, { from: to, text: 'lama', at: ago(40 * HOUR) });
    expect(await world.send(text(to, 'Halo', world.meta))).toMatchObject(OPEN);
  });

  it('are not held open by a provider whose clock runs ahead', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'dari besok', at: ago(-10 * HOUR) });
    await write(world, listeners.META, { from: somebody(), text: 'Halo' });
    await world.pass(24 * HOUR + MINUTE, HOUR);
    expect(await world.send(text(to, 'Halo', world.meta))).toMatchObject({ code: 'SESSION_WINDOW_CLOSED' });
  });

  it('begin with anything that they send, a choice or a picture as much as words', async () => {
    for (const written of [
      { button: { id: 'a', title: 'Ya' } },
      { media: { type: 'image' } },
      { raw: { type: 'hologram', hologram: {} } },
    ] as const) {
      const to = somebody();
      await write(world, listeners.META, { from: to, text: 'lama', at: ago(25 * HOUR) });
      await write(world, listeners.META, { from: to, ...written });
      expect(await world.send(text(to, 'Halo', world.meta))).toMatchObject(OPEN);
    }
  });

  it('are each person’s, and each account’s', async () => {
    const [one, other] = [somebody(), somebody()];
    await write(world, listeners.META, { from: one, text: 'baru' });
    for (const kind of ['META', 'EXOTEL'] as const)
      await write(world, listeners[kind], { from: other, text: 'lama', at: ago(25 * HOUR) });
    await write(world, listeners.EXOTEL, { from: one, text: 'lama', at: ago(26 * HOUR) });
    expect(await world.send(text(one, 'Halo', world.meta))).toMatchObject(OPEN);
    expect(await world.send(text(one, 'Halo', world.exotel))).toMatchObject(closed(ago(2 * HOUR)));
    expect(await world.send(text(other, 'Halo', world.meta))).toMatchObject(closed(ago(HOUR)));
  });

  it('are known however the number is written', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'lama', at: ago(25 * HOUR) });
    const local = `0${to.slice(3, 6)}-${to.slice(6, 10)}-${to.slice(10)}`;
    expect(await world.send(text(local, 'Halo', world.meta))).toMatchObject({ code: 'SESSION_WINDOW_CLOSED' });
  });

  it('sink no neighbour in a batch when they are over', async () => {
    const [gone, here] = [somebody(), somebody()];
    await write(world, listeners.META, { from: gone, text: 'lama', at: ago(25 * HOUR) });
    await write(world, listeners.META, { from: here, text: 'baru' });
    const answers = await world.sendAll([here, gone, here].map((to) => text(to, 'Halo', world.meta)));
    expect(answers.map(({ __typename, code }) => code ?? __typename)).toEqual([
      ...['Message', 'SESSION_WINDOW_CLOSED', 'Message'],
    ]);
  });

  it('are not judged at an account that does not hear persons', async () => {
    const to = somebody();
    for (const kind of ['META', 'EXOTEL', 'WAPPIN'] as const)
      await write(world, listeners[kind], { from: to, text: 'lama', at: ago(25 * HOUR) });
    const { id } = await world.send(text(to, 'Halo', world.sendtalk));
    await world.messageIn(id, 'SUBMITTED');
  });

  it('closed while a message waited, it fails without a call', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'Halo', at: ago(24 * HOUR - 5 * SECOND) });
    const scheduledAt = later(clock.now(), MINUTE).toISOString();
    const { id } = await world.send(text(to, 'nanti', world.meta, { scheduledAt }));
    await world.pass(2 * MINUTE, 10 * SECOND);
    expect(await world.message(id)).toMatchObject({
      status: 'FAILED',
      problem: { code: 'SESSION_WINDOW_CLOSED', provider: null },
      attempts: [{ outcome: 'REFUSED', request: null }],
    });
  });

  it('over everywhere on a route, the refusal names the one that closed last', async () => {
    const to = somebody();
    await write(world, listeners.WAPPIN, { from: to, text: 'lama', at: ago(26 * HOUR) });
    await write(world, listeners.META, { from: to, text: 'lama', at: ago(30 * HOUR) });
    await write(world, listeners.EXOTEL, { from: to, text: 'lama', at: ago(28 * HOUR) });
    await world.ask(
      'mutation ($ids: [ID!]!) { setRoute(capability: TEXT, accountIds: $ids) { ... on Route { accounts { id } } } }',
      { ids: [world.meta.id, world.wappin.id, world.exotel.id] },
    );
    expect(await world.send(text(to, 'Halo'))).toMatchObject({ ...closed(ago(2 * HOUR)), field: 'content.text' });
  });

  it('open at one account of the route, the text leaves through that one', async () => {
    const to = somebody();
    await write(world, listeners.META, { from: to, text: 'lama', at: ago(26 * HOUR) });
    await write(world, listeners.EXOTEL, { from: to, text: 'baru' });
    await write(world, listeners.WAPPIN, { from: to, text: 'lama', at: ago(26 * HOUR) });
    expect(await world.send(text(to, 'Halo'))).toMatchObject({ ...OPEN, account: { id: world.exotel.id } });
  });
});

describe('a person who was never heard', () => {
  it('may be written to while nobody knows: the account is new, or hears nobody', async () => {
    // A world of its own: accounts that have not been connected for a day.
    const young = await startWorld({ ...{ clock, callbackPlan: { statuses: [] } }, doku: false, meta: {} });
    try {
      const ears = listenersOf(young);
      expect(await young.send(text(somebody(), 'Halo', young.meta))).toMatchObject(OPEN);
      await write(young, ears.META, { from: somebody(), text: 'Halo' });
      expect(await young.send(text(somebody(), 'Halo', young.meta))).toMatchObject(OPEN);
      await young.pass(25 * HOUR, HOUR);
      // It has heard nobody for 25 hours: perhaps its callbacks do not come.
      expect(await young.send(text(somebody(), 'Halo', young.meta))).toMatchObject(OPEN);
      // Now it hears others, and has been connected long enough to have heard them too.
      await write(young, ears.META, { from: somebody(), text: 'Halo' });
      expect(await young.send(text(somebody(), 'Halo', young.meta))).toMatchObject(CLOSED);
      expect(await young.send(text(somebody(), 'Halo', young.wappin))).toMatchObject(OPEN);
    } finally {
      await young.close();
    }
  });
});
