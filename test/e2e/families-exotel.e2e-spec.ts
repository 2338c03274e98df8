import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exotelBody, postExotel } from '../support/exotel-callback.js';
import { ManualClock } from '../support/manual-clock.js';
import { contact, heard, type Listener, listenersOf, text, write } from '../support/persons.js';
import { connectExotel, type ConnectedAccount, EXOTEL_SENDER, startWorld, type World } from '../support/world.js';

const SECOND_SENDER = '+918047104711';
const STRANGE_SENDER = '+918047104712';

const clock = new ManualClock();
let world: World;
/** Two numbers under one accountSid; Exotel's staff set one URL for both. */
let first: Listener;
let second: ConnectedAccount;
/** Under another accountSid. */
let strange: ConnectedAccount;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, clock, callbackPlan: { statuses: [] }, exotel: {} });
  first = listenersOf(world).EXOTEL;
  const { call, simulator } = world;
  second = await connectExotel(call, simulator.url, { name: 'Second number', sender: SECOND_SENDER });
  strange = await connectExotel(call, simulator.url, {
    ...{ name: 'Another company', sender: STRANGE_SENDER, credentials: { accountSid: 'other1' } },
  });
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => `+9198123${String(45_000 + ++people)}`;
const accountOf = async (sid: string): Promise<string | undefined> => (await heard(world, sid))[0]?.account.id;
const incoming = (sid: string, to: string, from = somebody()) => ({ sid, from, to, text: 'Hi', at: clock.now() });

describe('what persons write to numbers under one accountSid', () => {
  it('comes to the number that they wrote to, whichever address it is posted to', async () => {
    const from = somebody();
    expect(await accountOf(await write(world, first, { from, text: 'Hi', to: SECOND_SENDER }))).toBe(second.id);
    expect(await accountOf(await write(world, first, { from, text: 'Hi', to: EXOTEL_SENDER }))).toBe(first.id);
    expect(await postExotel(second.callbackUrl, exotelBody(incoming('sid-1', EXOTEL_SENDER)))).toBe(200);
    await world.quiet();
    expect(await accountOf('sid-1')).toBe(first.id);
  });

  it('opens the window at that number alone', async () => {
    const from = somebody();
    await write(world, first, { from, text: 'Hi', to: SECOND_SENDER });
    const { windows } = await contact(world, { phone: from });
    const lastHeard = Object.fromEntries(windows.map(({ account, lastInboundAt }: any) => [account.id, lastInboundAt]));
    expect(lastHeard).toEqual({ [first.id]: null, [second.id]: clock.now().toISOString(), [strange.id]: null });
  });

  it('is told apart where one body has messages to several', async () => {
    const body = exotelBody(incoming('sid-2', EXOTEL_SENDER), incoming('sid-3', SECOND_SENDER));
    expect(await postExotel(first.callbackUrl, body)).toBe(200);
    await world.quiet();
    expect([await accountOf('sid-2'), await accountOf('sid-3')]).toEqual([first.id, second.id]);
  });

  it('is known by the number without its plus', async () => {
    const body = exotelBody(incoming('sid-4', SECOND_SENDER.slice(1), somebody().slice(1)));
    expect(await postExotel(first.callbackUrl, body)).toBe(200);
    await world.quiet();
    expect(await accountOf('sid-4')).toBe(second.id);
  });

  it('does not come to a number of another accountSid', async () => {
    expect(await postExotel(first.callbackUrl, exotelBody(incoming('sid-5', STRANGE_SENDER)))).toBe(200);
    expect(await postExotel(strange.callbackUrl, exotelBody(incoming('sid-6', SECOND_SENDER)))).toBe(200);
    await world.quiet();
    expect([await accountOf('sid-5'), await accountOf('sid-6')]).toEqual([undefined, undefined]);
  });

  it('comes to either of an account’s addresses: replies to the one, what is unasked to the other', async () => {
    const status = String(first.callbackUrl).replace(/message$/, 'status');
    expect(status).not.toBe(first.callbackUrl);
    expect(await postExotel(status, exotelBody(incoming('sid-7', EXOTEL_SENDER)))).toBe(200);
    await world.quiet();
    expect(await accountOf('sid-7')).toBe(first.id);
  });
});

describe('a report', () => {
  const delivered = (sid: string, to: string) => ({
    ...{ sid, to, code: 30002, word: 'EX_MESSAGE_DELIVERED', at: clock.now() },
  });

  async function submitted(account: ConnectedAccount): Promise<{ id: string; sid: string; to: string }> {
    const to = somebody();
    const { id } = await world.send(text(to, 'Hi', account));
    const { providerMessageId } = await world.messageIn(id, 'SUBMITTED');
    return { id, to, sid: providerMessageId };
  }

  it('at the first number’s address moves a message of the second', async () => {
    const { id, sid, to } = await submitted(second);
    expect(await postExotel(first.callbackUrl, exotelBody(delivered(sid, to)))).toBe(200);
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'DELIVERED', account: { id: second.id } });
  });

  it('at the address of another accountSid moves nothing', async () => {
    const { id, sid, to } = await submitted(second);
    expect(await postExotel(strange.callbackUrl, exotelBody(delivered(sid, to)))).toBe(200);
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });
});
