import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, later } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { contact, hear, listenersOf, write } from '../support/persons.js';
import { handsOf, person, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] }, ...{ exotel: {}, meta: {}, sendtalk: {} } });
  listeners = listenersOf(world);
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);
const at = (msAgo: number): string => later(clock.now(), -msAgo).toISOString();
const NOTHING_SAID = { optedOut: null, reason: null, changedAt: null };

describe('a contact', () => {
  it('shows a window for each account that hears persons, and none for those that do not', async () => {
    const phone = somebody();
    await write(world, listeners.META, { from: phone, text: 'Halo', at: at(2 * HOUR) });
    await write(world, listeners.WAPPIN, { from: phone, text: 'Halo', at: at(30 * HOUR) });
    const known = await contact(world, { phone });
    expect(known).toMatchObject({
      ...{ phone, recipientId: phone.slice(1) },
      consent: { phone, recipientId: phone.slice(1), ...NOTHING_SAID },
    });
    expect(known.windows).toHaveLength(3);
    expect(known.windows).toEqual(
      expect.arrayContaining([
        { account: { id: world.meta.id }, lastInboundAt: at(2 * HOUR), closesAt: at(2 * HOUR - DAY) },
        { account: { id: world.wappin.id }, lastInboundAt: at(30 * HOUR), closesAt: at(6 * HOUR) },
        { account: { id: world.exotel.id }, lastInboundAt: null, closesAt: null },
      ]),
    );
  });

  it('at one account shows the window there alone', async () => {
    const phone = somebody();
    await write(world, listeners.META, { from: phone, text: 'Halo', at: at(HOUR) });
    const window = { account: { id: world.meta.id }, lastInboundAt: at(HOUR), closesAt: at(HOUR - DAY) };
    expect((await contact(world, { phone, accountId: world.meta.id })).windows).toEqual([window]);
    expect((await contact(world, { phone, accountId: world.exotel.id })).windows).toEqual([
      { account: { id: world.exotel.id }, lastInboundAt: null, closesAt: null },
    ]);
    for (const accountId of [world.doku.id, world.sendtalk.id, 'acc_nonsense'])
      expect((await contact(world, { phone, accountId })).windows).toEqual([]);
  });

  it('shows what the person said about being written to', async () => {
    const phone = somebody();
    await world.ask('mutation ($phone: String!) { optOut(phone: $phone, reason: "asked") { __typename } }', { phone });
    expect((await contact(world, { phone })).consent).toEqual({
      ...{ phone, recipientId: null, optedOut: 'ALL', reason: 'asked', changedAt: clock.now().toISOString() },
    });
    await world.ask('mutation ($phone: String!) { optIn(phone: $phone) { __typename } }', { phone });
    expect((await contact(world, { phone })).consent).toMatchObject({ optedOut: null });
  });

  it('is found however the number is written, and by the recipientId of a message', async () => {
    const phone = somebody();
    const { recipientId } = await hear(world, listeners.META, { from: phone, text: 'Halo' });
    const known = await contact(world, { phone });
    const local = `0${phone.slice(3, 6)}-${phone.slice(6, 10)}-${phone.slice(10)}`;
    expect(await contact(world, { phone: local })).toEqual(known);
    expect(await contact(world, { recipientId })).toEqual(known);
  });

  it('of a number that never wrote and never said a word is there too, with nothing known', async () => {
    const phone = somebody();
    const known = await contact(world, { phone });
    expect(known).toMatchObject({ phone, recipientId: null, consent: { phone, ...NOTHING_SAID } });
    expect(known.windows).toHaveLength(3);
    for (const window of known.windows) expect(window).toMatchObject({ lastInboundAt: null, closesAt: null });
  });

  it('is null for what is no number, an id that nobody wrote with, and for nothing', async () => {
    for (const asked of [
      ...[{}, { phone: 'nobody' }, { phone: '' }, { phone: '0878\u00002367' }, { phone: '+62 1' }],
      ...[{ recipientId: 'ID.404' }, { recipientId: '' }, { recipientId: '\ud800' }],
    ])
      expect(await contact(world, asked), JSON.stringify(asked)).toBeNull();
  });

  it('knows nothing of what was written to another project', async () => {
    const phone = somebody();
    const { recipientId } = await hear(world, listeners.META, { from: phone, text: 'Halo' });
    const { key } = await makeProject(world.call, ['READ']);
    const theirs = handsOf(graphql(world.gateway.url, key.secret));
    expect(await contact(theirs, { phone })).toMatchObject({ phone, recipientId: null, windows: [] });
    expect(await contact(theirs, { recipientId })).toBeNull();
    expect((await contact(theirs, { phone, accountId: world.meta.id })).windows).toEqual([]);
  });

  it('needs READ and no more', async () => {
    const { secret } = await makeKey(world.call, ['READ']);
    const phone = somebody();
    expect(await contact(handsOf(graphql(world.gateway.url, secret)), { phone })).toMatchObject({ phone });
  });
});
