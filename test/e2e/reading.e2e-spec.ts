import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/common/clock.js';
import { type Activity, watchActivity } from '../support/activity.js';
import { type Call, graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  DOKU_TEMPLATE,
  handsOf,
  magic,
  person,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
/** The hour before which the first half was accepted, and the other half after. */
let noon: string;
let world: World;
let other: Call;
const sent: any[] = [];

beforeAll(async () => {
  world = await startWorld({ clock, doku: { requestsPerMinute: UNLIMITED }, callbackPlan: { statuses: [] } });
  const { key } = await makeProject(world.call, ['READ', 'SEND', 'MANAGE']);
  other = graphql(world.gateway.url, key.secret);
  const scheduledAt = new Date(clock.now().getTime() + 24 * HOUR).toISOString();
  sent.push(...(await world.sendAll(Array.from({ length: 100 }, (_, n) => viaDoku(person(n))))));
  sent.push(await world.send(viaWappin(magic('601'), { reference: 'refused' })));
  await world.pass(HOUR, HOUR / 2);
  noon = clock.now().toISOString();
  sent.push(...(await world.sendAll(Array.from({ length: 110 }, (_, n) => viaWappin(person(n), { scheduledAt })))));
  sent.push(await world.send(viaDoku(person(500), { reference: 'order-17' })));
  sent.push(await world.send(viaDoku(person(501), { reference: 'order-17' })));
  await world.pass(MINUTE, MINUTE / 2);
});
afterAll(() => world.close());

const LIST = `query ($first: Int, $after: String, $filter: MessageFilter) {
  messages(first: $first, after: $after, filter: $filter) {
    totalCount edges { cursor node { id status } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const list = async (variables: Record<string, unknown> = {}): Promise<any> =>
  (await world.ask(LIST, variables)).messages;
const idsOf = (page: any): string[] => page.edges.map(({ node }: any) => node.id);

describe('the list of messages', () => {
  it('is read to its end without a repeat and without a gap, newest first', async () => {
    for (const first of [1, 7, 200]) {
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const page = await list({ first, after });
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.edges.length).toBeLessThanOrEqual(first);
        seen.push(...idsOf(page));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      expect(seen).toEqual(sent.map(({ id }) => id).reverse());
    }
  });

  it('shows no message twice and skips none when new ones come meanwhile', async () => {
    const half = await list({ first: 100 });
    const { id } = await world.send(viaDoku(person(900)));
    const rest = await list({ first: 200, after: half.pageInfo.endCursor });
    expect([...idsOf(half), ...idsOf(rest)]).toEqual(sent.map((one) => one.id).reverse());
    sent.push(await world.message(id));
    await world.quiet();
  });

  it('has 50 on a page where nobody says how many', async () => {
    expect(idsOf(await list())).toHaveLength(50);
  });

  it.each<[string, () => Record<string, unknown>, () => number]>([
    ['states', () => ({ statuses: ['SCHEDULED'] }), () => 110],
    ['several states', () => ({ statuses: ['SCHEDULED', 'FAILED'] }), () => 111],
    ['no state', () => ({ statuses: [] }), () => 0],
    ['a number, as people write it', () => ({ phone: '0878-2000-0007' }), () => 2],
    ['a number that is none', () => ({ phone: 'Budi' }), () => 0],
    ['an account', () => ({ accountId: world.wappin.id }), () => 111],
    ['an account that does not exist', () => ({ accountId: 'acc_1' }), () => 0],
    ['a reference', () => ({ reference: 'order-17' }), () => 2],
    ['a template', () => ({ template: WAPPIN_TEMPLATE }), () => 111],
    ['a direction', () => ({ direction: 'INBOUND' }), () => 0],
    ['a time from', () => ({ createdAfter: noon }), () => sent.length - 101],
    ['a time until', () => ({ createdBefore: noon }), () => 101],
    ['ids, of which one is none', () => ({ ids: [sent[0].id, sent[5].id, 'msg_1'] }), () => 2],
    [
      'all of it together',
      () => ({ phone: person(7), template: DOKU_TEMPLATE, statuses: ['SUBMITTED'], createdBefore: noon }),
      () => 1,
    ],
    ['nothing', () => ({}), () => sent.length],
  ])('is narrowed by %s', async (_what, filter, count) => {
    const page = await list({ first: 200, filter: filter() });
    expect(page.totalCount).toBe(count());
    expect(page.edges).toHaveLength(Math.min(200, count()));
  });

  it('can be followed by its pages under a filter too', async () => {
    const filter = { statuses: ['SCHEDULED'] };
    const page = await list({ first: 100, filter });
    const rest = await list({ first: 100, filter, after: page.pageInfo.endCursor });
    expect(new Set([...idsOf(page), ...idsOf(rest)]).size).toBe(110);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  it('is counted only when the count is asked for', async () => {
    const activity = watchActivity();
    try {
      await world.ask('{ messages(first: 1) { edges { node { id } } } }');
      expect(activity.statements.filter((text) => /count\(/i.test(text))).toEqual([]);
    } finally {
      activity.stop();
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['first 201', { first: 201 }, 'first'],
    ['first 0', { first: 0 }, 'first'],
    ['a cursor that is none', { after: 'yesterday' }, 'after'],
    ['a cursor of another list', { after: `tpl_${'0'.repeat(32)}` }, 'after'],
    ['201 ids', { filter: { ids: Array(201).fill('msg_1') } }, 'filter.ids'],
    ['a NUL byte in the reference', { filter: { reference: 'a\0' } }, 'filter.reference'],
    ['a NUL byte in the template', { filter: { template: 'a\0' } }, 'filter.template'],
  ])('is BAD_USER_INPUT for %s', async (_what, variables, field) => {
    const { errors } = await world.call(LIST, variables);
    expect(errors).toMatchObject([{ path: ['messages'], extensions: { code: 'BAD_USER_INPUT', field } }]);
  });
});

describe('an id', () => {
  it('is found by node(), whatever it is of', async () => {
    const { templates, viewer } = await world.ask(
      '{ templates(first: 1) { edges { node { id } } } viewer { project { id } apiKey { id } } }',
    );
    for (const [id, type] of [
      [sent[0].id, 'Message'],
      [world.doku.id, 'ProviderAccount'],
      [templates.edges[0].node.id, 'Template'],
      [viewer.project.id, 'Project'],
      [viewer.apiKey.id, 'ApiKey'],
    ]) {
      const { node } = await world.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect(node).toEqual({ __typename: type, id });
    }
  });

  it.each(['', 'msg_', 'msg_1', `msg_${'0'.repeat(32)}`, `xyz_${'0'.repeat(32)}`, 'msg_\0', `MSG_${'0'.repeat(32)}`])(
    'that is none finds nothing: %j',
    async (id) => {
      const found = await world.ask(
        'query ($id: ID!) { node(id: $id) { id } message(id: $id) { id } providerAccount(id: $id) { id } template(id: $id) { id } }',
        { id },
      );
      expect(found).toEqual({ node: null, message: null, providerAccount: null, template: null });
    },
  );

  it('of another kind finds nothing', async () => {
    const { message } = await world.ask('query ($id: ID!) { message(id: $id) { id } }', { id: world.doku.id });
    expect(message).toBeNull();
  });
});

describe('another project', () => {
  it('sees nothing of ours', async () => {
    const { ask } = handsOf(other);
    const { templates } = await world.ask('{ templates(first: 1) { edges { node { id } } } }');
    const template = templates.edges[0].node.id;
    const found = await ask(
      `query ($message: ID!, $account: ID!, $template: ID!) {
        message(id: $message) { id } a: node(id: $message) { id } b: node(id: $account) { id } c: node(id: $template) { id }
        providerAccount(id: $account) { id } template(id: $template) { id } providerAccounts { id } routes { capability }
        messages { totalCount edges { node { id } } } templates { totalCount } optOuts { totalCount }
        events { edges { node { id } } } lastEventId
        byId: messages(filter: {ids: [$message]}) { totalCount } byAccount: messages(filter: {accountId: $account}) { totalCount }
      }`,
      { message: sent[0].id, account: world.doku.id, template },
    );
    const none = { totalCount: 0 };
    expect(found).toEqual({
      ...{ message: null, a: null, b: null, c: null, providerAccount: null, template: null },
      ...{ providerAccounts: [], routes: [], messages: { ...none, edges: [] }, templates: none, optOuts: none },
      ...{ events: { edges: [] }, lastEventId: null, byId: none, byAccount: none },
    });
  });

  it('can do nothing to ours: it is NOT_FOUND', async () => {
    const before = await world.message(sent[0].id);
    const { secret } = await makeKey(world.call, ['ADMIN', 'SEND', 'MANAGE'], {
      projectId: (await handsOf(other).ask('{ viewer { project { id } } }')).viewer.project.id,
    });
    const { ask } = handsOf(graphql(world.gateway.url, secret));
    const problem = '__typename ... on Problem { code }';
    const done = await ask(
      `mutation ($message: ID!, $account: ID!) {
        cancelMessage(id: $message) { ${problem} } retryMessage(id: $message) { ${problem} }
        resolveMessage(id: $message, sent: true) { ${problem} }
        updateProviderAccount(id: $account, input: {enabled: false}) { ${problem} } testProviderAccount(id: $account) { ${problem} }
        deleteProviderAccount(id: $account) { ${problem} } setRoute(capability: TEMPLATE, accountIds: [$account]) { ${problem} }
      }`,
      { message: sent[0].id, account: world.doku.id },
    );
    for (const [name, answer] of Object.entries(done))
      expect(answer, name).toEqual({ __typename: 'Problem', code: 'NOT_FOUND' });
    expect(await world.message(sent[0].id)).toEqual(before);
  });

  it('may use the same names as ours', async () => {
    await addTemplate(other, { name: DOKU_TEMPLATE });
    const { templates } = await handsOf(other).ask(
      '{ templates { edges { node { name registrations { externalId } } } } }',
    );
    expect(templates.edges).toEqual([{ node: { name: DOKU_TEMPLATE, registrations: [] } }]);
  });
});

describe('a page of 200 messages with all that belongs to them', () => {
  let activity: Activity;
  beforeAll(() => (activity = watchActivity()));
  afterAll(() => activity.stop());
  const WHOLE = `query ($first: Int) { messages(first: $first) { totalCount edges { node {
    id status from account { id name callbackUrls { url } } content { ... on TemplateContent { text template { id name
      registrations { externalId account { id } } } } }
    attempts { id outcome account { id kind } request response } events { id type account { id } message { id status account { id } } }
  } } } }`;
  /** With a clock that stands nothing but the question asks the database. */
  const statementsFor = async (first: number): Promise<number> => {
    await world.quiet();
    activity.forget();
    const { messages } = await world.ask(WHOLE, { first });
    expect(messages.edges).toHaveLength(first);
    return activity.statements.length;
  };

  it('costs a small number of statements, the same as a page of 2', async () => {
    // Warms what is kept for a while: the key that asks.
    await statementsFor(1);
    const few = await statementsFor(2);
    const many = await statementsFor(200);
    expect(many).toBe(few);
    expect(many).toBeLessThanOrEqual(12);
  });
});
