import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, later } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  connectWappin,
  handsOf,
  person,
  PROBLEM,
  registerTemplate,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

/** 16:00 in Jakarta. */
const clock = new ManualClock('2026-03-01T09:00:00Z');
const TABLES = ['messages', 'events', 'idempotency_keys', 'message_attempts'] as const;
let world: World;
/** The younger of two accounts at Wappin that have the same template. */
let second: string;
beforeAll(async () => {
  world = await startWorld({ clock, doku: { requestsPerMinute: UNLIMITED }, callbackPlan: { statuses: [] } });
  ({ id: second } = await connectWappin(world.call, world.simulator.url, { name: 'Wappin dua' }));
  const { templates } = await world.ask('query ($name: String) { templates(name: $name) { edges { node { id } } } }', {
    name: WAPPIN_TEMPLATE,
  });
  const reminder = { id: templates.edges[0].node.id, accountId: second, externalId: 'templ_uat_2' };
  await registerTemplate(world.call, reminder);
  await addTemplate(world.call, { name: 'promo', category: 'MARKETING', body: 'Promo!', account: { id: second } });
  await addTemplate(world.call, { name: 'paused', body: 'Halo.', account: { id: second }, status: 'PAUSED' });
});
afterAll(() => world.close());

const PLAN = `query ($input: SendMessageInput!) {
  planMessage(input: $input) {
    __typename
    ... on MessagePlan { to notBefore text priority candidates { account { id name } chosen reason }
      problem { code field message retryAt } }
    ${PROBLEM}
  }
}`;
const planned = async (input: Record<string, unknown>, ask = world.ask): Promise<any> =>
  (await ask(PLAN, { input })).planMessage;
const content = (name: string, params: readonly string[] = []): Record<string, unknown> => ({
  template: { name, params },
});
let people = 0;
const somebody = (): string => person(++people);
const hold = (id: string, enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id, enabled },
  );

describe('a plan', () => {
  it.each([
    ['through DOKU', () => viaDoku(person(901))],
    ['through Wappin, urgently', () => viaWappin(person(902), { priority: 'HIGH' })],
    ['through the account that is named', () => viaWappin(person(903), { accountId: second })],
    ['in an hour', () => viaWappin('0878-2367-8023', { scheduledAt: '2026-03-01T10:00:00.000Z' })],
  ])('is what becomes of the message when it is sent: %s', async (_how, input) => {
    const plan = await planned(input());
    const message = await world.send(input());
    expect(message).toMatchObject({ to: plan.to, priority: plan.priority, content: { text: plan.text } });
    expect(plan).toMatchObject({ problem: null, notBefore: message.scheduledAt });
    const chosen = plan.candidates.filter((one: any) => one.chosen).map(({ account }: any) => account.id);
    expect(chosen).toEqual([message.account.id]);
    await world.quiet();
  });

  it('stores nothing, calls nobody and binds no key', async () => {
    const before = [await world.counts(...TABLES), world.simulator.ledger.counts().requests];
    const input = viaWappin(somebody(), { idempotencyKey: 'plan-1', reference: 'P-1' });
    for (const _time of [1, 2]) expect(await planned(input)).toMatchObject({ __typename: 'MessagePlan' });
    await planned({ ...input, content: content('paused') });
    await world.quiet();
    expect([await world.counts(...TABLES), world.simulator.ledger.counts().requests]).toEqual(before);
    expect(await world.send({ ...input, reference: 'P-2' })).toMatchObject({ __typename: 'Message' });
  });

  it('names the accounts that were considered, in their order, each with a reason', async () => {
    const { candidates } = await planned(viaWappin(somebody()));
    expect(candidates).toEqual([
      { account: { id: world.doku.id, name: 'DOKU' }, chosen: false, reason: 'The template is not registered there.' },
      {
        ...{ account: { id: world.wappin.id, name: 'Wappin' }, chosen: true },
        reason: expect.stringContaining('the first that remains on the route for TEMPLATE'),
      },
      {
        ...{ account: { id: second, name: 'Wappin dua' }, chosen: false },
        reason: 'It would be tried next, after a refusal or a deferral.',
      },
    ]);
  });

  it('sees at once that an account is held', async () => {
    await hold(world.wappin.id, false);
    const { candidates } = await planned(viaWappin(somebody()));
    expect(candidates.slice(1)).toMatchObject([
      { chosen: false, reason: 'It is held (enabled: false).' },
      { chosen: true, account: { id: second } },
    ]);
    await hold(world.wappin.id, true);
    expect((await planned(viaWappin(somebody()))).candidates[1]).toMatchObject({ chosen: true });
  });
});

describe('the problem of a plan is the problem of sending it', () => {
  const tooFar = later(clock.now(), 36 * DAY).toISOString();

  it.each([
    ['a number that is none', { to: '12', content: content('promo') }],
    ['a template that does not exist', { to: person(1), content: content('nothing') }],
    ['a value too few', { to: person(1), content: content(WAPPIN_TEMPLATE, ['a']) }],
    ['a time too far away', { to: person(1), content: content('promo'), scheduledAt: tooFar }],
    [
      'an upload that does not exist',
      { to: person(1), content: { media: { type: 'IMAGE', mediaId: `med_${'0'.repeat(32)}` } } },
    ],
    ['a message that does not exist', { to: person(1), content: content('promo'), replyTo: 'msg_x' }],
  ])('and it is all there is where nobody knows what would be said: %s', async (_what, input) => {
    const problem = await planned(input);
    expect(problem).toMatchObject({ __typename: 'Problem' });
    expect(problem).toEqual(await world.send(input));
  });

  it.each([
    ['a template that is not approved', () => ({ content: content('paused') })],
    ['an account that does not exist', () => ({ content: content('promo'), accountId: `acc_${'0'.repeat(32)}` })],
    ['an account without the template', () => ({ content: content('promo'), accountId: world.doku.id })],
    ['a person who wants nothing', () => ({ to: person(777), content: content('promo') })],
    [
      'a fallback that cannot be sent',
      () => ({ content: content('promo'), fallbacks: [{ rule: 'FAILED', content: content('paused') }] }),
    ],
  ])('beside what else is known, with a reason at each account: %s', async (_what, over) => {
    await world.ask('mutation ($phone: String!) { optOut(phone: $phone, scope: ALL) { __typename } }', {
      phone: person(777),
    });
    const input = { to: person(1), ...over() };
    const plan = await planned(input);
    expect(plan).toMatchObject({ __typename: 'MessagePlan', to: input.to });
    const { code, field, message } = await world.send(input);
    expect(plan.problem).toMatchObject({ code, field, message });
    for (const { chosen, reason } of plan.candidates)
      expect([chosen, reason]).toEqual([false, expect.stringMatching(/\.$/)]);
  });
});

describe('in the quiet hours', () => {
  const setQuietHours = (input: Record<string, string> | null): Promise<any> =>
    world.ask('mutation ($input: QuietHoursInput) { setQuietHours(input: $input) { __typename } }', { input });

  it('a plan tells until when MARKETING waits, and the message waits until then', async () => {
    const input = { to: somebody(), content: content('promo') };
    expect(await planned(input)).toMatchObject({ notBefore: null });
    await setQuietHours({ from: '08:00', to: '15:00' });
    const morning = '2026-03-02T01:00:00.000Z';
    const plan = await planned(input);
    expect(plan).toMatchObject({ notBefore: morning, problem: null });
    expect(plan.candidates.find(({ chosen }: any) => chosen).reason).toContain(
      `It waits until ${morning}, because of the quiet hours: MARKETING leaves from 08:00 to 15:00 in Asia/Jakarta.`,
    );
    expect(await planned(viaWappin(input.to))).toMatchObject({ notBefore: null });
    expect(await world.send(input)).toMatchObject({ status: 'SCHEDULED' });
    await setQuietHours(null);
    expect(await planned(input)).toMatchObject({ notBefore: null });
  });
});

describe('planMessage', () => {
  it('needs READ and no more, and sees the accounts of its own project alone', async () => {
    const { secret } = await makeKey(world.call, ['READ']);
    const reader = handsOf(graphql(world.gateway.url, secret));
    expect(await planned(viaWappin(somebody()), reader.ask)).toMatchObject({ problem: null });
    const { key } = await makeProject(world.call, ['READ']);
    const stranger = handsOf(graphql(world.gateway.url, key.secret));
    expect(await planned(viaWappin(somebody()), stranger.ask)).toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
    const text = { to: somebody(), content: { text: { text: 'Halo' } }, accountId: world.wappin.id };
    expect(await planned(text, stranger.ask)).toMatchObject({ candidates: [], problem: { code: 'NOT_FOUND' } });
  });
});
