// The gateway as anybody runs it: `dist/main.js` with an environment of its own, told through its public API what to do.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort, startProgram, stop } from './processes.mjs';

/** A template that the simulator knows, with its number of values. */
export const TEMPLATE = 'templ_uat_2';
export const TEMPLATE_NAME = 'bench_notice';
/** Known to the simulator from its start (docs/simulator.md). */
export const WAPPIN = { clientId: '0009', projectId: '52', secretKey: '5f2b7c9d0e1a4836b7c2d9e0f1a2b3c4d5e6f708' };
export const CALLBACK_TOKEN = 'bench-callback-token';

export async function startSimulator(dir) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await startProgram('simulator/main.js', {
    env: { SIMULATOR_PORT: String(port) },
    url: `${url}/_simulator`,
    logFile: join(dir, 'simulator.log'),
  });
  const control = async (path, body) => {
    const answer = await fetch(`${url}/_simulator${path}`, body && { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The simulator refused ${path}: ${await answer.text()}`);
    return answer.json().catch(() => undefined);
  };
  return { url, pid: child.pid, control, stop: () => stop(child) };
}

/** Starts a gateway on a database and connects a Wappin account whose upstream is `upstream`. */
export async function startGateway({ databaseUrl, dir, profile, env = {} }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const key = `bench_${randomBytes(24).toString('hex')}`;
  const child = await startProgram('main.js', {
    env: {
      ROLE: 'all',
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: url,
      DATABASE_URL: databaseUrl,
      DATA_DIR: join(dir, 'data'),
      ADMIN_API_KEY: key,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ALLOW_PRIVATE_URLS: 'true',
      LOG_LEVEL: 'warn',
      ...(profile && { BENCH_PROFILE: profile.file }),
      ...env,
    },
    url: `${url}/readyz`,
    logFile: join(dir, 'gateway.log'),
    nodeArgs: profile ? ['--import', join(import.meta.dirname, 'profile-hook.mjs')] : [],
  });

  const call = async (query, variables) => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(`The gateway refused ${query}: ${JSON.stringify(errors)}`);
    const result = Object.values(data)[0];
    if (result?.__typename === 'Problem') throw new Error(`The gateway refused ${query}: ${JSON.stringify(result)}`);
    return result;
  };
  return { url, key, pid: child.pid, call, signal: (name) => child.kill(name), stop: () => stop(child) };
}

const PROBLEM = '... on Problem { code message field }';

/** An account at the simulator and an approved template; `held` keeps everything in the queue. */
export async function prepare(gateway, upstream, { held }) {
  const account = await gateway.call(
    `mutation ($input: ProviderAccountInput!) { connectProvider(input: $input) {
       __typename ... on ProviderAccount { id callbackUrls { topic url } } ${PROBLEM} } }`,
    {
      input: {
        kind: 'WAPPIN',
        name: 'bench',
        baseUrl: upstream,
        credentials: { ...WAPPIN, callbackToken: CALLBACK_TOKEN },
      },
    },
  );
  const template = await gateway.call(
    `mutation ($input: TemplateInput!) { createTemplate(input: $input) { __typename ... on Template { id } ${PROBLEM} } }`,
    {
      input: {
        name: TEMPLATE_NAME,
        language: 'id',
        category: 'UTILITY',
        body: 'Your parcel {{1}} arrives at {{2}} today.',
        samples: ['17', 'noon'],
      },
    },
  );
  await gateway.call(
    `mutation ($id: ID!, $account: ID!, $name: String!) {
       registerTemplate(id: $id, accountId: $account, externalId: $name, status: APPROVED) { __typename ... on Template { id } ${PROBLEM} } }`,
    { id: template.id, account: account.id, name: TEMPLATE },
  );
  if (held) await hold(gateway, account.id, true);
  return {
    accountId: account.id,
    callbackUrl: account.callbackUrls.find(({ topic }) => topic === 'callback').url,
  };
}

async function hold(gateway, id, held) {
  await gateway.call(
    `mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename ... on ProviderAccount { id } ${PROBLEM} } }`,
    { id, input: { enabled: !held } },
  );
}
