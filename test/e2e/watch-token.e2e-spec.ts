import { GraphQLSchemaHost } from '@nestjs/graphql';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { connect, graphql } from '../support/client.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { makeKey } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { openRawSocket, type RawSocket } from '../support/raw-socket.js';
import { rootDocuments } from '../support/root-documents.js';
import { until } from '../support/until.js';
import { addTemplate, connectMeta, handsOf, person, PROBLEM } from '../support/world.js';

const ORIGIN = 'https://shop.example';
const START = `mutation ($input: StartVerificationInput!) {
  startVerification(input: $input) { __typename ... on Verification { id watchToken } ${PROBLEM} }
}`;
const CANCEL = 'mutation ($id: ID!) { cancelVerification(id: $id) { ... on Verification { status } } }';
const SEEN = 'id status method phone waLink waMessage qrCode watchToken';
const LOOK = `query ($id: ID!) { verification(id: $id) { ${SEEN} } }`;
const FOLLOW = `subscription ($id: ID!) { verificationUpdated(id: $id) { ${SEEN} } }`;
const BEHIND = `query ($id: ID!) { verification(id: $id) {
  steps { method startedAt account { id } message { id content { ... on TemplateContent { params } } } }
  events { id type message { id } verification { id } }
} }`;

const clock = new ManualClock();
let gateway: Gateway;
let account: { readonly id: string };
let persons = 0;
const sockets: RawSocket[] = [];

beforeAll(async () => {
  // Nothing leaves: the messages of a process that only serves wait for one that works.
  gateway = await startGateway({ clock, env: { CORS_ORIGINS: ORIGIN, ROLE: 'api' } });
  account = await connectMeta(gateway.call, 'http://127.0.0.1:9', { sender: '+6281230000000' });
  await addTemplate(gateway.call, { name: 'code', category: 'AUTHENTICATION', body: 'Kode: {{1}}', account });
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.cut()));
afterAll(() => gateway.close());

interface Started {
  readonly id: string;
  readonly watchToken: string;
}

async function start(more: Record<string, unknown> = {}, key = gateway.adminKey): Promise<Started> {
  const input = { phone: person(persons++), method: 'INBOUND', ...more };
  const { startVerification } = await handsOf(graphql(gateway.url, key)).ask(START, { input });
  expect(startVerification).toMatchObject({ __typename: 'Verification', watchToken: expect.any(String) });
  return startVerification;
}

async function follow(key: string, id: string): Promise<RawSocket> {
  const socket = await openRawSocket(gateway.url, key);
  sockets.push(socket);
  socket.subscribe(FOLLOW, { id });
  await socket.read();
  return socket;
}

const statuses = ({ received }: RawSocket): string[] =>
  received.map(({ verificationUpdated }) => verificationUpdated.status);
const closed = ({ socket }: RawSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));
const statusOf = async ({ id, watchToken }: Started): Promise<number> =>
  (await graphql(gateway.url, watchToken)(LOOK, { id })).status;

describe('a watch token', () => {
  it('is answered by startVerification, again where a start is repeated, and nowhere else', async () => {
    const input = { phone: person(persons++), idempotencyKey: 'again' };
    const [first, again] = [await start(input), await start(input)];
    expect(again).toEqual(first);
    const { data } = await gateway.call(
      `query ($id: ID!) { verification(id: $id) { watchToken } verifications { edges { node { watchToken } } } }`,
      { id: first.id },
    );
    expect(data.verification).toEqual({ watchToken: null });
    expect(new Set(data.verifications.edges.map(({ node }: any) => node.watchToken))).toEqual(new Set([null]));
    const canceled = await gateway.call(
      'mutation ($id: ID!) { cancelVerification(id: $id) { ... on Verification { id watchToken } } }',
      { id: first.id },
    );
    expect(canceled.data.cancelVerification).toEqual({ id: first.id, watchToken: null });
  });

  it('shows its verification to a browser, with what the person needs', async () => {
    const { id, watchToken } = await start();
    const { status, data } = await graphql(gateway.url, watchToken)(LOOK, { id }, { origin: ORIGIN });
    expect(status).toBe(200);
    expect(data.verification).toMatchObject({ id, status: 'PENDING', method: 'INBOUND', watchToken: null });
    expect(data.verification.waLink).toContain('6281230000000');
    expect(new URL(data.verification.waLink).searchParams.get('text')).toBe(data.verification.waMessage);
    expect(data.verification.qrCode).toMatch(/^data:image\/svg\+xml;base64,/);
  });

  it('lets a page of CORS_ORIGINS ask, and read the answer', async () => {
    const { id, watchToken } = await start();
    const asks = (origin: string): Promise<Response> =>
      fetch(`${gateway.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
    const preflight = await asks(ORIGIN);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await asks('https://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { origin: ORIGIN, authorization: `Bearer ${watchToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: LOOK, variables: { id } }),
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(await answer.json()).toMatchObject({ data: { verification: { id } } });
  });

  it('follows its verification, first as it is and then as it changes', async () => {
    const { id, watchToken } = await start();
    const socket = await follow(watchToken, id);
    await until(() => socket.received.length > 0);
    await gateway.call(CANCEL, { id });
    await until(() => statuses(socket).includes('CANCELED'), 'the change');
    expect(statuses(socket)).toEqual(['PENDING', 'CANCELED']);
    expect(socket.received[0].verificationUpdated.watchToken).toBeNull();
  });

  it('shows nothing of another verification, be it of the same project', async () => {
    const [mine, other] = [await start(), await start()];
    const call = graphql(gateway.url, mine.watchToken);
    for (const id of [other.id, mine.id.replace('ver_', 'msg_'), `ver_${'0'.repeat(32)}`, 'x'])
      expect(await call(LOOK, { id })).toMatchObject({ status: 200, data: { verification: null } });
    const silent = await follow(mine.watchToken, other.id);
    const witness = await follow(mine.watchToken, mine.id);
    await gateway.call(CANCEL, { id: other.id });
    await gateway.call(CANCEL, { id: mine.id });
    await until(() => statuses(witness).includes('CANCELED'), 'the later change');
    await silent.read();
    expect(silent.received).toEqual([]);
  });

  it('hides all that leads out of its verification: the code stands in the message', async () => {
    const { id, watchToken } = await start({ method: 'CODE' });
    const { verification: whole } = await handsOf(gateway.call).ask(BEHIND, { id });
    expect(whole.steps).toMatchObject([
      { method: 'CODE', account: { id: account.id }, message: { id: expect.stringMatching(/^msg_/) } },
    ]);
    expect(whole.events).toMatchObject([{ type: 'VERIFICATION_STARTED', verification: { id } }]);
    const { verification: seen } = await handsOf(graphql(gateway.url, watchToken)).ask(BEHIND, { id });
    const [{ startedAt }] = whole.steps;
    expect(seen).toEqual({ steps: [{ method: 'CODE', startedAt, account: null, message: null }], events: [] });
  });
});

describe('nothing else', () => {
  it('of a problem is told than that the code was wrong: the rest is for whoever runs the account', async () => {
    const PROBLEMS = `query ($id: ID!) { verification(id: $id) {
      problem { code provider { message } } steps { problem { code provider { message } } }
    } }`;
    const { id, watchToken } = await start();
    const client = new pg.Client(gateway.databaseUrl);
    await client.connect();
    const provider = { provider: 'META', code: '132000', message: 'Parameter 123456 is wrong', retryable: false };
    const problem = { code: 'PROVIDER_REJECTED', message: 'It was refused.', provider };
    await client.query('update verifications set problem = $2 where id = $1', [uuidOf('ver', id), problem]);
    await client.query('update verification_steps set problem = $2 where verification_id = $1', [
      ...[uuidOf('ver', id), problem],
    ]);
    const known = { code: problem.code, provider: { message: provider.message } };
    expect((await handsOf(gateway.call).ask(PROBLEMS, { id })).verification).toEqual({
      ...{ problem: known, steps: [{ problem: known }] },
    });
    const watcher = handsOf(graphql(gateway.url, watchToken));
    expect((await watcher.ask(PROBLEMS, { id })).verification).toEqual({ problem: null, steps: [{ problem: null }] });
    const wrong = { code: 'CODE_INCORRECT', message: 'That is not the code.', provider: null };
    await client.query('update verifications set problem = $2 where id = $1', [uuidOf('ver', id), wrong]);
    await client.end();
    expect((await watcher.ask(PROBLEMS, { id })).verification).toMatchObject({
      problem: { code: 'CODE_INCORRECT', provider: null },
    });
  });

  it('of the API is open to it: FORBIDDEN at every other root', async () => {
    const { watchToken } = await start();
    const call = graphql(gateway.url, watchToken);
    const documents = rootDocuments(gateway.app.nest.get(GraphQLSchemaHost).schema);
    const open: string[] = [];
    for (const { operation, name, text } of documents) {
      if (operation === 'subscription') continue;
      const { errors } = await call(text);
      if (errors?.[0]?.extensions['code'] !== 'FORBIDDEN') open.push(name);
    }
    const subscriptions = documents.filter(({ operation }) => operation === 'subscription');
    for (const { name, text } of subscriptions) {
      const socket = await openRawSocket(gateway.url, watchToken);
      sockets.push(socket);
      socket.subscribe(text);
      await socket.read();
      if (socket.received[0]?.refused?.[0]?.extensions.code !== 'FORBIDDEN') open.push(name);
    }
    expect(open).toEqual(['verification', 'verificationUpdated']);
  });

  it('of the files is open to it', async () => {
    const { id, watchToken } = await start();
    const headers = { authorization: `Bearer ${watchToken}` };
    const form = new FormData();
    form.append('file', new Blob(['%PDF-1.7']), 'a.pdf');
    const answers = await Promise.all([
      fetch(`${gateway.url}/media`, { method: 'POST', headers, body: form }),
      fetch(`${gateway.url}/media/${id.replace('ver_', 'med_')}`, { headers }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
  });
});

describe('a watch token ends', () => {
  it('an hour after the verification’s time has passed, its open connections too', async () => {
    const started = await start({ expiryMinutes: 3 });
    const closing = closed(await follow(started.watchToken, started.id));
    clock.advance(HOUR + 3 * MINUTE - 1);
    expect(await statusOf(started)).toBe(200);
    clock.advance(1);
    expect(await statusOf(started)).toBe(401);
    expect(await closing).toBe(4403);
  });

  it('with the key that started the verification: when it is revoked', async () => {
    const key = await makeKey(gateway.call, ['SEND']);
    const [started, others] = [await start({}, key.secret), await start()];
    const closing = closed(await follow(started.watchToken, started.id));
    const staying = await follow(others.watchToken, others.id);
    expect(await statusOf(started)).toBe(200);
    await gateway.call('mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }', { id: key.id });
    expect(await statusOf(started)).toBe(401);
    expect(await closing).toBe(4403);
    expect(await statusOf(others)).toBe(200);
    await staying.read();
  });

  it('with the key that started the verification: when it expires', async () => {
    const expiresAt = later(clock.now(), MINUTE).toISOString();
    const key = await makeKey(gateway.call, ['SEND'], { expiresAt });
    const started = await start({}, key.secret);
    const closing = closed(await follow(started.watchToken, started.id));
    clock.advance(MINUTE);
    expect(await statusOf(started)).toBe(401);
    expect(await closing).toBe(4403);
  });
});

describe('what is no watch token', () => {
  it('admits nobody: HTTP 401, WebSocket 4403', async () => {
    const { id, watchToken } = await start();
    const changed = watchToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const forged of [changed, watchToken.slice(0, -1), 'kurir_watch_', `kurir_watch_${'A'.repeat(86)}`]) {
      expect(await statusOf({ id, watchToken: forged })).toBe(401);
      expect(await connect(gateway.url, { authorization: `Bearer ${forged}` }).closed).toBe(4403);
    }
  });
});
