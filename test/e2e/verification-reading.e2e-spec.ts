import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { watchActivity } from '../support/activity.js';
import { graphql } from '../support/client.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { addTemplate, connectMeta, handsOf, person, PROBLEM, type World } from '../support/world.js';

const LIST = `query ($first: Int, $after: String, $filter: VerificationFilter) {
  verifications(first: $first, after: $after, filter: $filter) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;
/** Two have one number. The last is taken back. */
const STARTS = [
  { phone: person(1), method: 'CODE', reference: 'order-1' },
  { phone: person(2), method: 'CODE' },
  { phone: person(3), method: 'INBOUND', reference: 'order-17' },
  { phone: person(4), method: 'INBOUND', reference: 'order-17' },
  { phone: person(1), method: 'INBOUND' },
  { phone: person(5), method: 'INBOUND' },
  { phone: person(6), method: 'INBOUND' },
];

const clock = new ManualClock();
const ids: string[] = [];
let gateway: Gateway;
let ask: World['ask'];
let stranger: World['ask'];
let account: { readonly id: string };
let client: pg.Client;

beforeAll(async () => {
  // Nothing leaves: the messages of a process that only serves wait for one that works.
  gateway = await startGateway({ clock, env: { ROLE: 'api' } });
  ({ ask } = handsOf(gateway.call));
  stranger = handsOf(graphql(gateway.url, (await makeProject(gateway.call, ['SEND'])).key.secret)).ask;
  account = await connectMeta(gateway.call, 'http://127.0.0.1:9', { sender: '+6281230000000' });
  await addTemplate(gateway.call, { name: 'code', category: 'AUTHENTICATION', body: 'Kode: {{1}}', account });
  client = new pg.Client(gateway.databaseUrl);
  await client.connect();
  for (const input of STARTS) ids.push(await start(input));
  await ask('mutation ($id: ID!) { cancelVerification(id: $id) { __typename } }', { id: ids.at(-1) });
});
afterAll(async () => {
  await client.end();
  await gateway.close();
});

async function start(input: Record<string, unknown>): Promise<string> {
  const { startVerification } = await ask(
    `mutation ($input: StartVerificationInput!) { startVerification(input: $input) { ... on Verification { id } ${PROBLEM} } }`,
    { input },
  );
  expect(startVerification).toHaveProperty('id');
  return startVerification.id;
}

const list = async (variables: Record<string, unknown> = {}, by = ask): Promise<any> =>
  (await by(LIST, variables)).verifications;
const found = async (filter: Record<string, unknown>): Promise<number[]> =>
  (await list({ filter })).edges.map(({ node }: any) => ids.indexOf(node.id));

describe('the list of verifications', () => {
  it('is read to its end without a repeat and without a gap, newest first', async () => {
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const page: any = await list({ first: 3, after });
      expect(page).toMatchObject({ totalCount: 7, pageInfo: { hasPreviousPage: after !== null } });
      seen.push(...page.edges.map(({ node }: any) => node.id));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it('is narrowed by number, however it is written, by reference and by state', async () => {
    for (const phone of [person(1), person(1).replace('+62', '0'), person(1).slice(1)])
      expect(await found({ phone })).toEqual([4, 0]);
    expect(await found({ reference: 'order-17' })).toEqual([3, 2]);
    expect(await found({ statuses: ['CANCELED'] })).toEqual([6]);
    expect(await found({ statuses: ['CANCELED', 'PENDING'] })).toHaveLength(7);
    expect(await found({ reference: 'order-17', phone: person(4) })).toEqual([3]);
    for (const nothing of [{ phone: 'nobody' }, { reference: 'order' }, { statuses: [] }])
      expect(await found(nothing)).toEqual([]);
    expect((await list({ first: 1, filter: { reference: 'order-17' } })).totalCount).toBe(2);
  });

  it.each([
    ['first', { first: 0 }],
    ['after', { after: 'msg_0' }],
    ['filter.reference', { filter: { reference: 'a\0b' } }],
  ])('refuses what is no %s', async (field, variables) => {
    const { errors } = await gateway.call(LIST, variables);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('is another one for each project', async () => {
    expect(await list({}, stranger)).toMatchObject({ totalCount: 0, edges: [] });
    const hidden = await stranger('query ($id: ID!) { verification(id: $id) { id } node(id: $id) { id } }', {
      id: ids[0],
    });
    expect(hidden).toEqual({ verification: null, node: null });
  });
});

describe('a verification', () => {
  const ONE = `query ($id: ID!) { verification(id: $id) {
    method status waLink waMessage qrCode checksLeft nextSendAt problem { code } createdAt expiresAt verifiedAt
    steps { method account { id } message { id } problem { code message retryAt provider { code message } } }
    events { type sequence verification { id } }
  } }`;
  const one = async (id: string | undefined): Promise<any> => (await ask(ONE, { id })).verification;

  it('by code shows the checks that are left and when it may be sent again, and no link', async () => {
    const { createdAt, ...shown } = await one(ids[0]);
    expect(shown).toMatchObject({ method: 'CODE', checksLeft: 5, waLink: null, waMessage: null, qrCode: null });
    expect(shown.nextSendAt).toBe(later(new Date(createdAt), MINUTE).toISOString());
    expect(shown.steps).toMatchObject([
      { account: { id: account.id }, message: { id: expect.stringMatching(/^msg_/) } },
    ]);
  });

  it('by a message of the person shows the link and its QR code, and nothing of codes', async () => {
    const shown = await one(ids[2]);
    expect(shown).toMatchObject({ method: 'INBOUND', checksLeft: null, nextSendAt: null });
    expect(shown.waLink).toMatch(/^https:\/\/wa\.me\/6281230000000\?text=/);
    expect(shown.qrCode).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(shown.steps).toMatchObject([{ account: { id: account.id }, message: null, problem: null }]);
  });

  it('shows its events, and they show it', async () => {
    const [id] = ids.slice(-1);
    expect((await one(id)).events).toEqual([
      { type: 'VERIFICATION_STARTED', sequence: 1, verification: { id } },
      { type: 'VERIFICATION_CANCELED', sequence: 2, verification: { id } },
    ]);
  });

  it('is found by node, as what it is', async () => {
    const { node } = await ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id: ids[0] });
    expect(node).toEqual({ __typename: 'Verification', id: ids[0] });
  });

  it('does not exist for anybody until somebody was told of it', async () => {
    const id = await start({ phone: person(50), method: 'INBOUND' });
    await client.query('update verifications set told = false where id = $1', [uuidOf('ver', id)]);
    const { verification, node, verifications } = await ask(
      `query ($id: ID!) { verification(id: $id) { id } node(id: $id) { id }
         verifications(first: 1) { totalCount edges { node { id } } } }`,
      { id },
    );
    expect({ verification, node }).toEqual({ verification: null, node: null });
    expect(verifications).toEqual({ totalCount: 7, edges: [{ node: { id: ids.at(-1) } }] });
    const { events } = await ask(
      '{ events(types: [VERIFICATION_STARTED]) { edges { node { data verification { id } } } } }',
    );
    const untold = events.edges.find(({ node: event }: any) => event.data.verification.id === id);
    expect(untold.node.verification).toBeNull();
  });

  it('shows with a step why its message failed, and when what stood in its way is over', async () => {
    const retryAt = later(clock.now(), HOUR).toISOString();
    const provider = { provider: 'META', code: '131026', message: 'Undeliverable', retryable: false };
    const [failed, stopped] = [ids[0], ids[1]].map((id) => uuidOf('ver', id!));
    await client.query(
      `update messages set status = 'FAILED', problem = $2
        where id = (select message_id from verification_steps where verification_id = $1)`,
      [failed, { code: 'NOT_ON_WHATSAPP', message: 'Not there.', provider }],
    );
    await client.query('update verification_steps set problem = $2 where verification_id = $1', [
      stopped,
      { code: 'TOO_MANY_REQUESTS', message: 'Later.', retryAt },
    ]);
    expect((await one(ids[0])).steps[0].problem).toEqual({
      ...{ code: 'NOT_ON_WHATSAPP', message: 'Not there.', retryAt: null },
      provider: { code: '131026', message: 'Undeliverable' },
    });
    expect((await one(ids[1])).steps[0].problem).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAt, provider: null });
  });
});

it('a page costs a small number of statements, whatever is on it', async () => {
  const WHOLE = `query ($first: Int) { verifications(first: $first) { totalCount edges { node {
    id waLink waMessage qrCode steps { method account { id } message { id account { id } } problem { code } }
    events { id verification { id } }
  } } } }`;
  const activity = watchActivity();
  const statementsFor = async (first: number): Promise<number> => {
    await activity.quiet();
    activity.forget();
    const { verifications } = await ask(WHOLE, { first });
    expect(verifications.edges).toHaveLength(first);
    return activity.statements.length;
  };
  await statementsFor(1);
  const few = await statementsFor(6);
  expect(await statementsFor(7)).toBe(few);
  expect(few).toBeLessThanOrEqual(8);
  activity.stop();
});

describe('the blocked prefixes of a project', () => {
  it('are those of now, what was blocked last first, and of no other project', async () => {
    const BLOCKED = '{ viewer { project { id blockedPrefixes { prefix started verified blockedAt until } } } }';
    const { project } = (await ask(BLOCKED)).viewer;
    expect(project.blockedPrefixes).toEqual([]);
    const now = clock.now();
    const block = (prefix: string, at: Date): Promise<unknown> =>
      client.query('insert into blocked_prefixes values ($1, $2, 40, 3, $3, $4)', [
        ...[uuidOf('prj', project.id), prefix, at, later(at, HOUR)],
      ]);
    await block('+628123', later(now, -MINUTE));
    await block('+628124', now);
    const prefixes = async (by = ask): Promise<string[]> =>
      (await by(BLOCKED)).viewer.project.blockedPrefixes.map(({ prefix }: any) => prefix);
    expect(await prefixes()).toEqual(['+628124', '+628123']);
    expect(await prefixes(stranger)).toEqual([]);
    expect((await ask(BLOCKED)).viewer.project.blockedPrefixes[0]).toEqual({
      ...{ prefix: '+628124', started: 40, verified: 3 },
      ...{ blockedAt: now.toISOString(), until: later(now, HOUR).toISOString() },
    });
    clock.advance(HOUR - MINUTE);
    expect(await prefixes()).toEqual(['+628124']);
    clock.advance(MINUTE - SECOND);
    expect(await prefixes()).toEqual(['+628124']);
    clock.advance(SECOND);
    expect(await prefixes()).toEqual([]);
  });
});
