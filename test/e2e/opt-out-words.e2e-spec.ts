import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addTemplate, person, startWorld, type World } from '../support/world.js';
import { ManualClock } from '../support/manual-clock.js';
import { contact, hear, listenersOf, logEnd, sentTo, text, told, write } from '../support/persons.js';

const clock = new ManualClock();
let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({ doku: false, clock, callbackPlan: { statuses: [] }, ...{ exotel: {}, meta: {} } });
  listeners = listenersOf(world);
  for (const [name, category, body] of [
    ['order_ready', 'UTILITY', 'Halo {{1}}, pesanan {{2}}.'],
    ['promo_week', 'MARKETING', 'Halo {{1}}, diskon.'],
    // Ours says UTILITY; what counts is what the account has.
    ['moved', 'UTILITY', 'Halo {{1}}, segera.'],
  ] as const)
    await addTemplate(world.call, { name, category, body, account: world.meta });
  await world.rows(`update template_registrations set category = 'MARKETING' where external_id = 'moved'`);
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);
const optedOut = async (phone: string): Promise<string | null> => (await contact(world, { phone })).consent.optedOut;
const of = (name: string, to: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  to,
  content: { template: { name, params: name === 'order_ready' ? ['Budi', 'A-1'] : ['Budi'] } },
  ...more,
});
const REFUSED = { __typename: 'Problem', code: 'RECIPIENT_OPTED_OUT', field: 'to' };
const TAKEN = { __typename: 'Message', status: 'QUEUED' };

describe('a person who writes', () => {
  it.each(['STOP', 'BERHENTI', 'HENTI', 'UNSUBSCRIBE', 'stop', 'Berhenti', ' henti \n', 'uNsUbScRiBe'])(
    '%j is sent no marketing any more',
    async (word) => {
      const phone = somebody();
      await write(world, listeners.META, { from: phone, text: word });
      expect((await contact(world, { phone })).consent).toMatchObject({
        ...{ phone, optedOut: 'MARKETING', reason: word.trim().toUpperCase(), changedAt: clock.now().toISOString() },
      });
      expect(await world.send(of('promo_week', phone))).toMatchObject(REFUSED);
    },
  );

  it.each(['START', 'MULAI', 'start', ' Mulai '])('%j afterwards is sent everything again', async (word) => {
    const phone = somebody();
    await write(world, listeners.META, { from: phone, text: 'STOP' });
    await write(world, listeners.META, { from: phone, text: word });
    expect(await optedOut(phone)).toBeNull();
    expect(await world.send(of('promo_week', phone))).toMatchObject(TAKEN);
  });

  it.each(['STOP!', 'please stop', 'STOPP', 'stop stop', 'S T O P', 'UN SUBSCRIBE', 'tolong BERHENTI', ''])(
    '%j among other words has said nothing of the kind',
    async (words) => {
      const phone = somebody();
      await write(world, listeners.EXOTEL, { from: phone, text: words });
      expect(await optedOut(phone)).toBeNull();
    },
  );

  it.each(['WAPPIN', 'EXOTEL', 'META'] as const)('STOP through %s is heard everywhere', async (kind) => {
    const phone = somebody();
    await write(world, listeners[kind], { from: phone, text: 'STOP' });
    expect(await world.send(of('promo_week', phone, { accountId: world.meta.id }))).toMatchObject(REFUSED);
  });

  it('presses a button that says STOP, and has said it', async () => {
    const phone = somebody();
    await write(world, listeners.META, { from: phone, quickReply: { text: 'Stop', payload: 'optout' } });
    expect(await optedOut(phone)).toBe('MARKETING');
  });

  it('STOP is heard too: the message is RECEIVED as any other', async () => {
    const message = await hear(world, listeners.META, { from: somebody(), text: 'STOP' });
    expect(message).toMatchObject({ status: 'RECEIVED', content: { text: 'STOP' } });
  });

  it('STOP twice, and START twice, is told once each', async () => {
    const after = await logEnd(world);
    const from = somebody();
    for (const text of ['STOP', 'berhenti', 'START', 'MULAI']) await write(world, listeners.META, { from, text });
    const events = await told(world, after, 'OPT_OUT_ADDED', 'OPT_OUT_REMOVED');
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      [
        'OPT_OUT_ADDED',
        { sequence: 1, optOut: { phone: from, recipientId: null, scope: 'MARKETING', reason: 'STOP' } },
      ],
      ['OPT_OUT_REMOVED', { sequence: 2, optOut: { phone: from, recipientId: null, scope: null, reason: null } }],
    ]);
  });

  it('STOP in a callback that comes many times at once is told once', async () => {
    const after = await logEnd(world);
    await write(world, listeners.META, { from: somebody(), text: 'STOP', times: 30 });
    expect(await told(world, after, 'OPT_OUT_ADDED')).toHaveLength(1);
  });

  it('START without having said STOP changes nothing', async () => {
    const after = await logEnd(world);
    await write(world, listeners.META, { from: somebody(), text: 'START' });
    expect(await told(world, after, 'OPT_OUT_ADDED', 'OPT_OUT_REMOVED')).toEqual([]);
  });

  it('STOP after having opted out of everything does not let anything through again', async () => {
    const phone = somebody();
    await world.ask('mutation ($phone: String!) { optOut(phone: $phone, scope: ALL) { __typename } }', { phone });
    await write(world, listeners.META, { from: phone, text: 'STOP' });
    expect(await optedOut(phone)).toBe('ALL');
    expect(await world.send(of('order_ready', phone))).toMatchObject(REFUSED);
  });
});

describe('who opted out of marketing', () => {
  it('is still sent templates of other categories and free text', async () => {
    const phone = somebody();
    await write(world, listeners.META, { from: phone, text: 'STOP' });
    expect(await world.send(of('order_ready', phone))).toMatchObject(TAKEN);
    expect(await world.send(text(phone, 'Baik.', world.meta))).toMatchObject(TAKEN);
  });

  it('is refused a template that the account has as MARKETING, whatever we call it', async () => {
    const phone = somebody();
    expect(await world.send(of('moved', phone))).toMatchObject(TAKEN);
    await write(world, listeners.META, { from: phone, text: 'STOP' });
    expect(await world.send(of('moved', phone))).toMatchObject(REFUSED);
  });
});

it('who opted out of everything is refused free text as well, and media and buttons', async () => {
  const phone = somebody();
  await write(world, listeners.META, { from: phone, text: 'Halo' });
  await world.ask('mutation ($phone: String!) { optOut(phone: $phone, scope: ALL) { __typename } }', { phone });
  for (const content of [
    { text: { text: 'Halo' } },
    { media: { type: 'IMAGE', url: 'http://127.0.0.1:9/a.jpg' } },
    { interactive: { text: 'Setuju?', buttons: [{ title: 'Ya' }] } },
  ])
    expect(await world.send({ to: phone, content, accountId: world.meta.id })).toMatchObject(REFUSED);
  expect(sentTo(world, listeners.META, phone)).toEqual([]);
});

describe('Meta’s 131050, that a person stopped marketing in WhatsApp itself', () => {
  const STOPPED = { refuse: { http: 400, code: '131050', message: 'User has stopped marketing messages' } };
  const FAILED = {
    status: 'FAILED',
    problem: { code: 'RECIPIENT_OPTED_OUT', provider: { provider: 'META', code: '131050', retryable: false } },
  };

  async function expectOptedOut(phone: string, after: string | null): Promise<void> {
    const events = await told(world, after, 'OPT_OUT_ADDED');
    expect(events.map(({ data }) => data.optOut)).toEqual([
      { phone, recipientId: null, scope: 'MARKETING', reason: expect.stringContaining('131050') },
    ]);
    expect(await optedOut(phone)).toBe('MARKETING');
    expect(await world.send(of('promo_week', phone))).toMatchObject(REFUSED);
    expect(await world.send(of('order_ready', phone))).toMatchObject(TAKEN);
  }

  it('in the answer to a send is recorded as if they had written STOP', async () => {
    const phone = somebody();
    const after = await logEnd(world);
    await world.quiet();
    world.simulator.configure({ faults: [{ kind: 'META', next: 1, behaviour: STOPPED }] });
    const { id } = await world.send(of('promo_week', phone));
    await world.quiet();
    expect(await world.message(id)).toMatchObject(FAILED);
    await expectOptedOut(phone, after);
  });

  it('in a failed status after a 200 likewise', async () => {
    const phone = somebody();
    const after = await logEnd(world);
    await world.quiet();
    world.simulator.configure({
      faults: [{ kind: 'META', next: 1, behaviour: { callbacks: { statuses: ['131050'] } } }],
    });
    const { id } = await world.send(of('promo_week', phone));
    expect(await world.messageIn(id, 'FAILED')).toMatchObject(FAILED);
    await world.quiet();
    await expectOptedOut(phone, after);
  });

  it('is taken back by START', async () => {
    const phone = somebody();
    await world.quiet();
    world.simulator.configure({ faults: [{ kind: 'META', next: 1, behaviour: STOPPED }] });
    await world.send(of('promo_week', phone));
    await world.quiet();
    expect(await optedOut(phone)).toBe('MARKETING');
    await write(world, listeners.META, { from: phone, text: 'START' });
    expect(await world.send(of('promo_week', phone))).toMatchObject(TAKEN);
  });

  it('is the simulated Meta’s word to its magic numbers too', async () => {
    const { id } = await world.send(of('promo_week', '+6281200131050'));
    expect(await world.messageIn(id, 'FAILED')).toMatchObject(FAILED);
  });
});
