import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { listenersOf, write } from '../support/persons.js';
import { personSends } from '../support/simulator-peers.js';
import {
  codeSentTo,
  eventsOf,
  lastMadeFor,
  madeFor,
  strangers,
  type VerificationHands,
  verificationHands,
} from '../support/verifications.js';
import {
  addTemplate,
  connectDoku,
  connectSendTalk,
  handsOf,
  SENDTALK_CREDENTIALS,
  startWorld,
  UNLIMITED,
  type World,
} from '../support/world.js';

const OUR_NUMBER = '+6281110009999';
const LOGIN = { name: 'login', externalId: 'TMP-LOGIN', category: 'AUTHENTICATION', body: 'Kode Anda {{1}}.' };
const NO_BALANCE: Behaviour = { refuse: { http: 200, code: 'insufficient_balance', message: '' } };
const AWAY: Behaviour = { refuse: { http: 503, code: null, message: '' } };
/** What there is wrong with SendTalk, and what the step says of it. */
const TROUBLES: [string, Behaviour, string][] = [
  ['has no balance left', NO_BALANCE, 'INSUFFICIENT_BALANCE'],
  ['is turned off', { refuse: { http: 200, code: 'config_disabled', message: '' } }, 'PROVIDER_REJECTED'],
  ['is away', AWAY, 'PROVIDER_UNAVAILABLE'],
  ['has a status 500 in its body', { refuse: { http: 200, code: '50000', message: 'x' } }, 'PROVIDER_UNAVAILABLE'],
  ['answers a page', { answer: 'html' }, 'PROVIDER_UNAVAILABLE'],
  ['drops the line', { line: 'dropped' }, 'PROVIDER_UNAVAILABLE'],
];

const clock = new ManualClock();
const stranger = strangers();
let world: World;
/** Of a project with SendTalk and a number of its own to which persons write. */
let hands: VerificationHands;
/** Of one with SendTalk and a template for codes. */
let coder: VerificationHands;
beforeAll(async () => {
  world = await startWorld({ clock, doku: false, wappin: false, sendtalk: {}, meta: { sender: OUR_NUMBER } });
  hands = verificationHands(world.ask);
  const { key } = await makeProject(world.call, ['ADMIN']);
  const call = graphql(world.gateway.url, key.secret);
  await connectSendTalk(call, world.simulator.url);
  world.simulator.configure({ templates: [{ kind: 'DOKU', name: LOGIN.externalId, params: 1 }] });
  const doku = await connectDoku(call, world.simulator.url, { requestsPerMinute: UNLIMITED });
  await addTemplate(call, { ...LOGIN, account: doku });
  coder = verificationHands(handsOf(call).ask);
});
afterAll(() => world.close());
afterEach(() => world.simulator.clearFaults());

const answerWith = (behaviour: Behaviour, more: { readonly account?: string; readonly next?: number } = {}): void =>
  world.simulator.configure({ faults: [{ kind: 'SENDTALK', on: 'verification', behaviour, ...more }] });
const calls = (account: string = SENDTALK_CREDENTIALS.apiKey): number =>
  world.simulator.ledger.counts({ kind: 'SENDTALK', account }).requests;

/** The person sends us what the link says. */
const sendUs = (from: string, waLink: string): Promise<string> =>
  write(world, listenersOf(world).META, { from, text: new URL(waLink).searchParams.get('text') as string });

describe('a start without a method, where SendTalk', () => {
  it.each(TROUBLES)('%s, goes on with a message to ourselves under the same id', async (_what, behaviour, code) => {
    const phone = stranger();
    answerWith(behaviour);
    const { id, waLink, ...told } = await hands.start({ phone });
    expect(told).toMatchObject({
      ...{ status: 'PENDING', method: 'INBOUND', problem: null, qrCode: expect.stringMatching(/^data:/) },
      steps: [
        { method: 'SENDTALK', account: { id: world.sendtalk.id }, problem: { code } },
        { method: 'INBOUND', account: { id: world.meta.id }, problem: null },
      ],
    });
    expect(waLink).toContain(`https://wa.me/${OUR_NUMBER.slice(1)}?`);
    const before = calls();
    await sendUs(phone, waLink);
    const verified = await hands.readIn(id, 'VERIFIED');
    expect(eventsOf(verified)).toEqual(['STARTED', 'VERIFIED']);
    expect(verified.events[1].data.verification).toMatchObject({ id, method: 'INBOUND' });
    await world.pass(MINUTE, MINUTE);
    expect(calls()).toBe(before);
  });

  it.each(TROUBLES)('%s, goes on with a code where nobody can write to us', async (_what, behaviour, problem) => {
    const phone = stranger();
    answerWith(behaviour);
    const { id, ...told } = await coder.start({ phone });
    expect(told).toMatchObject({
      ...{ status: 'PENDING', method: 'CODE', checksLeft: 5, waLink: null, qrCode: null },
      steps: [
        { method: 'SENDTALK', message: null, problem: { code: problem } },
        { method: 'CODE', message: { id: expect.stringMatching(/^msg_/) }, problem: null },
      ],
    });
    expect(await coder.check(id, await codeSentTo(world, phone))).toMatchObject({ status: 'VERIFIED' });
  });

  it('has no balance left, tells whoever runs the gateway, without a number', async () => {
    const phone = stranger();
    answerWith(NO_BALANCE);
    await hands.start({ phone });
    const warnings = world.gateway.lines.filter((line) => line.includes('could not begin a verification'));
    expect(JSON.parse(warnings.at(-1)!)).toMatchObject({ level: 40, code: 'INSUFFICIENT_BALANCE', kind: 'SENDTALK' });
    expect(world.gateway.lines.join('\n')).not.toContain(phone.slice(3));
  });

  it('knows the number to be none, is refused: no other way would find it right', async () => {
    answerWith({ refuse: { http: 200, code: 'invalid_recipient', message: '' } });
    const before = await world.counts('verifications', 'verification_steps', 'messages', 'events');
    for (const start of [hands.start, coder.start])
      expect(await start({ phone: stranger() })).toMatchObject({ code: 'INVALID_PHONE_NUMBER', field: 'phone' });
    expect(await world.counts('verifications', 'verification_steps', 'messages', 'events')).toEqual(before);
  });

  it('refused the account’s credentials before, begins with what comes after it', async () => {
    answerWith({ refuse: { http: 200, code: '49103', message: 'API-Key is not found' } });
    expect(await hands.start({ phone: stranger() })).toMatchObject({
      steps: [{ problem: { code: 'PROVIDER_AUTH_FAILED' } }, { method: 'INBOUND' }],
    });
    const before = calls();
    expect((await hands.start({ phone: stranger() })).steps).toMatchObject([{ method: 'INBOUND' }]);
    expect(calls()).toBe(before);
    world.simulator.clearFaults();
    await world.ask('mutation ($id: ID!) { testProviderAccount(id: $id) { __typename } }', { id: world.sendtalk.id });
    expect(await hands.start({ phone: stranger() })).toMatchObject({ method: 'SENDTALK' });
  });
});

describe('a start without a method', () => {
  it('does not wait where SendTalk may be asked no more this minute', async () => {
    const patch =
      'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }';
    await world.ask(patch, { id: world.sendtalk.id, input: { requestsPerMinute: 1 } });
    expect(await hands.start({ phone: stranger() })).toMatchObject({ method: 'SENDTALK' });
    expect(await hands.start({ phone: stranger() })).toMatchObject({
      steps: [{ problem: { code: 'TOO_MANY_REQUESTS' } }, { method: 'INBOUND', problem: null }],
    });
    await world.ask(patch, { id: world.sendtalk.id, input: { requestsPerMinute: null } });
  });

  it('begins with the next one while SendTalk’s calls fail', async () => {
    answerWith(AWAY);
    // Half or more of twenty calls.
    for (let call = 0; call < 20; call++) await hands.start({ phone: stranger() });
    const before = calls();
    expect((await hands.start({ phone: stranger() })).steps).toMatchObject([{ method: 'INBOUND' }]);
    expect(calls()).toBe(before);
    world.simulator.clearFaults();
    await world.pass(MINUTE, MINUTE / 2);
    expect(await hands.start({ phone: stranger() })).toMatchObject({ method: 'SENDTALK' });
  });
});

describe('a start that leaves no choice', () => {
  it.each<[string, Record<string, unknown>, () => Record<string, unknown>]>([
    ['of the method', { method: 'SENDTALK' }, () => ({})],
    ['of the account', {}, () => ({ accountId: world.sendtalk.id })],
  ])('%s is taken over by nothing', async (_what, input, more) => {
    answerWith(NO_BALANCE, { next: 1 });
    const refused = await hands.start({ phone: stranger(), ...input, ...more() });
    expect(refused).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
    answerWith(AWAY, { next: 1 });
    const told = await hands.start({ phone: stranger(), ...input, ...more() });
    expect(told).toMatchObject({ method: 'SENDTALK', waLink: null, steps: [{ method: 'SENDTALK' }] });
    await world.pass(2_000);
    expect((await hands.read(told.id)).steps).toMatchObject([{ method: 'SENDTALK', problem: null }]);
  });
});

describe('a resend', () => {
  it('is taken over too, and the first link is as good as before', async () => {
    const phone = stranger();
    const { id } = await hands.start({ phone });
    await world.pass(MINUTE, MINUTE);
    answerWith(NO_BALANCE);
    const resent = await hands.resend(id);
    expect(resent).toMatchObject({ id, method: 'INBOUND', waLink: expect.stringContaining(OUR_NUMBER.slice(1)) });
    expect(resent.steps).toMatchObject([
      { method: 'SENDTALK', problem: null },
      { method: 'SENDTALK', problem: { code: 'INSUFFICIENT_BALANCE' } },
      { method: 'INBOUND', problem: null },
    ]);
    await personSends(world.simulator.url, { id: (await lastMadeFor(world, phone)).id });
    expect(eventsOf(await hands.readIn(id, 'VERIFIED'))).toEqual(['STARTED', 'UPDATED', 'VERIFIED']);
  });

  it('of what was taken over stays with the way that took over', async () => {
    const phone = stranger();
    answerWith(NO_BALANCE, { next: 1 });
    const { id, waLink } = await hands.start({ phone });
    await world.pass(MINUTE, MINUTE);
    const resent = await hands.resend(id);
    expect(resent.steps.map(({ method }: { method: string }) => method)).toEqual(['SENDTALK', 'INBOUND', 'INBOUND']);
    expect(await madeFor(world, phone)).toEqual([]);
    await sendUs(phone, waLink);
    await hands.readIn(id, 'VERIFIED');
  });

  it('that is refused takes nothing from what the person was given', async () => {
    const phone = stranger();
    const { id, waLink } = await hands.start({ phone, method: 'SENDTALK' });
    await world.pass(MINUTE, MINUTE);
    answerWith(NO_BALANCE);
    expect(await hands.resend(id)).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', waLink });
    await personSends(world.simulator.url, { id: (await lastMadeFor(world, phone)).id });
    await hands.readIn(id, 'VERIFIED');
  });
});

describe('of two accounts at SendTalk', () => {
  const SECOND_KEY = { apiKey: 'sendtalk-second', webhookSecret: 'secret-of-the-second' };
  let two: VerificationHands & { readonly first: string; readonly second: string };
  beforeAll(() => world.simulator.configure({ accounts: [{ kind: 'SENDTALK', ...SECOND_KEY }] }));
  beforeEach(async () => {
    const { key } = await makeProject(world.call, ['ADMIN']);
    const call = graphql(world.gateway.url, key.secret);
    const first = await connectSendTalk(call, world.simulator.url);
    const second = await connectSendTalk(call, world.simulator.url, { name: 'Second', credentials: SECOND_KEY });
    two = { ...verificationHands(handsOf(call).ask), first: first.id, second: second.id };
  });

  it.each(TROUBLES)(
    'the second is asked where the first %s, also where SENDTALK was chosen',
    async (_what, behaviour) => {
      answerWith(behaviour, { account: SENDTALK_CREDENTIALS.apiKey });
      const told = await two.start({ phone: stranger(), method: 'SENDTALK' });
      expect(told).toMatchObject({ method: 'SENDTALK', waLink: expect.any(String) });
      expect(told.steps).toMatchObject([
        { account: { id: two.first } },
        { account: { id: two.second }, problem: null },
      ]);
    },
  );

  it('the one whose calls failed is asked last, until it works again', async () => {
    answerWith(AWAY, { account: SENDTALK_CREDENTIALS.apiKey });
    // Half or more of twenty calls.
    for (let call = 0; call < 20; call++) await two.start({ phone: stranger(), accountId: two.first });
    const before = calls();
    const { steps } = await two.start({ phone: stranger() });
    expect(steps).toMatchObject([{ account: { id: two.second }, problem: null }]);
    expect(calls()).toBe(before);
    answerWith(AWAY, { account: SECOND_KEY.apiKey });
    expect((await two.start({ phone: stranger() })).steps).toMatchObject([
      { account: { id: two.second } },
      { account: { id: two.first } },
    ]);
  });
});
