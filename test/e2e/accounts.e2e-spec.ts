import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../support/client.js';
import { startGateway } from '../support/gateway.js';
import { makeKey } from '../support/keys.js';
import {
  CALLBACK_TOKEN,
  DOKU_CREDENTIALS,
  handsOf,
  person,
  PROBLEM,
  startWorld,
  viaDoku,
  viaWappin,
  WAPPIN_CREDENTIALS,
  type World,
} from '../support/world.js';

const ACCOUNT = `id kind name environment sender baseUrl capabilities requestsPerMinute enabled health
  callbackUrls { topic url problems } createdAt deletedAt`;
const SECRETS = [DOKU_CREDENTIALS.secretKey, WAPPIN_CREDENTIALS.secretKey, CALLBACK_TOKEN];

let world: World;
beforeAll(async () => {
  world = await startWorld({ callbackPlan: { statuses: [] }, env: { PUBLIC_URL: 'https://kurir.example' } });
});
afterAll(() => world.close());

const connect = async (input: Record<string, unknown>, ask = world.ask): Promise<any> => {
  const data = await ask(
    `mutation ($input: ProviderAccountInput!) { connectProvider(input: $input) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} } }`,
    { input },
  );
  return data.connectProvider;
};
const update = async (id: string, input: Record<string, unknown>): Promise<any> => {
  const data = await world.ask(
    `mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} } }`,
    { id, input },
  );
  return data.updateProviderAccount;
};
const test = async (id: string): Promise<any> => {
  const data = await world.ask(
    `mutation ($id: ID!) { testProviderAccount(id: $id) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} } }`,
    { id },
  );
  return data.testProviderAccount;
};
const remove = async (id: string): Promise<any> => {
  const data = await world.ask(
    `mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename ... on Deleted { id } ${PROBLEM} } }`,
    { id },
  );
  return data.deleteProviderAccount;
};
const read = async (id: string, ask = world.ask): Promise<any> =>
  (await ask(`query ($id: ID!) { providerAccount(id: $id) { ${ACCOUNT} } }`, { id })).providerAccount;
const wappin = (more: object = {}): Record<string, unknown> => ({
  kind: 'WAPPIN',
  name: 'Toko Wappin',
  credentials: { ...WAPPIN_CREDENTIALS, callbackToken: CALLBACK_TOKEN },
  baseUrl: world.simulator.url,
  ...more,
});

describe('the catalogue of providers', () => {
  it('says what each kind can do and which credentials it needs', async () => {
    const { providers } = await world.ask(
      '{ providers { kind name capabilities requestsPerMinute maxBatchSize credentialFields { name secret required } } }',
    );
    const doku = providers.find(({ kind }: any) => kind === 'DOKU');
    expect(doku).toMatchObject({ requestsPerMinute: 100, maxBatchSize: 1, capabilities: ['TEMPLATE', 'CHECKOUT'] });
    expect(doku.credentialFields).toContainEqual({ name: 'secretKey', secret: true, required: true });
    const { capabilities } = providers.find(({ kind }: any) => kind === 'WAPPIN');
    expect(capabilities).toEqual(expect.arrayContaining(['TEMPLATE', 'DELIVERY_REPORTS']));
  });
});

describe('connecting an account', () => {
  it('answers it without its secrets, and calls nobody yet', async () => {
    const before = world.simulator.ledger.counts().requests;
    const account = await connect(wappin({ sender: '0812-0000-9999', environment: 'PRODUCTION' }));
    expect(account).toMatchObject({
      __typename: 'ProviderAccount',
      kind: 'WAPPIN',
      name: 'Toko Wappin',
      environment: 'PRODUCTION',
      sender: '+6281200009999',
      enabled: true,
      health: 'UNKNOWN',
      deletedAt: null,
    });
    expect(world.simulator.ledger.counts().requests).toBe(before);
    const shown = JSON.stringify([account, await read(account.id)]);
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
    expect(await remove(account.id)).toMatchObject({ __typename: 'Deleted' });
  });

  it('seals its credentials: the database holds none of them in clear, nor does the log', async () => {
    const rows = await world.rows('select provider_accounts::text as row, credentials from provider_accounts');
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const secret of [...SECRETS, WAPPIN_CREDENTIALS.clientId.repeat(2)]) {
      for (const { row, credentials } of rows) {
        expect(row).not.toContain(secret);
        expect(credentials.toString('latin1')).not.toContain(secret);
      }
      expect(world.gateway.lines.join('\n')).not.toContain(secret);
    }
  });

  it.each<[string, object, string, string]>([
    [
      'a credential that is missing',
      { credentials: { clientId: '1', projectId: '2' } },
      'INVALID_INPUT',
      'credentials.secretKey',
    ],
    [
      'a credential that nobody knows',
      { credentials: { ...WAPPIN_CREDENTIALS, apiKey: 'x' } },
      'INVALID_INPUT',
      'credentials.apiKey',
    ],
    [
      'a credential that is a number',
      { credentials: { ...WAPPIN_CREDENTIALS, clientId: 9 } },
      'INVALID_INPUT',
      'credentials.clientId',
    ],
    [
      'a rule that does not exist',
      { credentials: { ...WAPPIN_CREDENTIALS, smsRule: 'SOMETIMES' } },
      'INVALID_INPUT',
      'credentials.smsRule',
    ],
    [
      'a line break in a secret',
      { credentials: { ...WAPPIN_CREDENTIALS, secretKey: 'a\r\nb' } },
      'INVALID_INPUT',
      'credentials.secretKey',
    ],
    [
      'a NUL byte',
      { credentials: { ...WAPPIN_CREDENTIALS, secretKey: 'a\0' } },
      'INVALID_INPUT',
      'credentials.secretKey',
    ],
    ['an empty name', { name: ' ' }, 'INVALID_INPUT', 'name'],
    ['a name of 129 characters', { name: 'n'.repeat(129) }, 'INVALID_INPUT', 'name'],
    ['a sender that is no number', { sender: 'Toko' }, 'INVALID_PHONE_NUMBER', 'sender'],
    ['no requests at all', { requestsPerMinute: 0 }, 'INVALID_INPUT', 'requestsPerMinute'],
    ['a base URL with a path', { baseUrl: 'https://proxy.example/wappin' }, 'INVALID_INPUT', 'baseUrl'],
    ['a base URL of another scheme', { baseUrl: 'ftp://proxy.example' }, 'UNSAFE_URL', 'baseUrl'],
    ['a base URL with a password', { baseUrl: 'https://me:secret@proxy.example' }, 'UNSAFE_URL', 'baseUrl'],
  ])('answers %s with a Problem, and stores nothing', async (_what, change, code, field) => {
    const before = await world.counts('provider_accounts');
    expect(await connect(wappin(change))).toMatchObject({ __typename: 'Problem', code, field });
    expect(await world.counts('provider_accounts')).toEqual(before);
  });

  it('refuses an address inside, unless private URLs are allowed', async () => {
    const gateway = await startGateway({ env: { ALLOW_PRIVATE_URLS: 'false' } });
    try {
      const { ask } = handsOf(gateway.call);
      for (const baseUrl of [
        'http://127.0.0.1:4010',
        'http://localhost',
        'http://[::1]',
        'http://10.0.0.8',
        'http://192.168.1.1',
        'http://169.254.169.254',
        'http://0x7f.1',
        'http://2130706433',
        'http://[::ffff:127.0.0.1]',
      ])
        expect(await connect(wappin({ baseUrl }), ask), baseUrl).toMatchObject({
          code: 'UNSAFE_URL',
          field: 'baseUrl',
        });
    } finally {
      await gateway.close();
    }
  });
});

describe('the callback URLs of an account', () => {
  it('are shown to ADMIN, with what a provider would find wrong', async () => {
    const { callbackUrls } = await read(world.wappin.id);
    expect(callbackUrls).toMatchObject([{ topic: 'callback', problems: [] }]);
    expect(callbackUrls[0].url).toMatch(/^https:\/\/kurir\.example\/callbacks\/[\w-]{32,}\/callback$/);
  });

  it('are null for every other key, for they hold the callback key', async () => {
    for (const scope of ['READ', 'SEND', 'MANAGE']) {
      const { secret } = await makeKey(world.call, [scope]);
      const account = await read(world.wappin.id, handsOf(graphql(world.gateway.url, secret)).ask);
      expect(account).toMatchObject({ id: world.wappin.id, callbackUrls: null });
    }
  });

  it('differ from account to account', async () => {
    const other = await connect(wappin());
    expect(other.callbackUrls[0].url).not.toBe(world.wappin.callbackUrl);
    await remove(other.id);
  });
});

describe('changing an account', () => {
  it('replaces the credentials that are named, takes away what is null, and keeps the rest', async () => {
    expect(await test(world.wappin.id)).toMatchObject({ health: 'HEALTHY' });
    expect(await update(world.wappin.id, { credentials: { callbackToken: null, clientId: '0010' } })).toMatchObject({
      __typename: 'ProviderAccount',
    });
    expect(await test(world.wappin.id)).toMatchObject({ code: 'PROVIDER_AUTH_FAILED', provider: { code: '401' } });
    expect(await update(world.wappin.id, { credentials: { clientId: '0009' }, name: 'Wappin dua' })).toMatchObject({
      name: 'Wappin dua',
    });
    expect(await test(world.wappin.id)).toMatchObject({ health: 'HEALTHY', name: 'Wappin dua' });
  });

  it('changes nothing when any of it is wrong', async () => {
    const before = await read(world.doku.id);
    expect(await update(world.doku.id, { name: 'Other', credentials: { secretKey: null } })).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'credentials.secretKey',
    });
    expect(await read(world.doku.id)).toEqual(before);
  });

  it('takes no name away: that is not of the schema', async () => {
    const { errors } = await world.call(
      'mutation ($id: ID!) { updateProviderAccount(id: $id, input: {name: null}) { __typename } }',
      { id: world.doku.id },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('is NOT_FOUND for an account that does not exist', async () => {
    const id = `acc_${'0'.repeat(32)}`;
    for (const answer of [await update(id, { name: 'x' }), await test(id), await remove(id), await remove('nothing')])
      expect(answer).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('testing an account', () => {
  it('asks DOKU with a signed request that sends nothing', async () => {
    const before = world.simulator.ledger.counts({ kind: 'DOKU' });
    expect(await test(world.doku.id)).toMatchObject({ health: 'HEALTHY' });
    const after = world.simulator.ledger.counts({ kind: 'DOKU' });
    expect([after.requests - before.requests, after.accepted - before.accepted]).toEqual([1, 0]);
  });

  it('says when the provider cannot be reached, which is no word on the credentials', async () => {
    const { id } = await connect(wappin({ baseUrl: 'http://127.0.0.1:1' }));
    expect(await test(id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(await read(id)).toMatchObject({ health: 'UNKNOWN' });
    await remove(id);
  });

  it('counts in the request budget', async () => {
    const { id } = await connect({
      kind: 'DOKU',
      name: 'Slow',
      credentials: DOKU_CREDENTIALS,
      baseUrl: world.simulator.url,
      requestsPerMinute: 2,
    });
    expect(await test(id)).toMatchObject({ health: 'HEALTHY' });
    const refused = await test(id);
    expect(refused).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(Date.parse(refused.retryAt)).toBeGreaterThan(Date.now());
    await remove(id);
  });
});

describe('a deleted account', () => {
  it('is gone from the list, its secrets are destroyed, and what it sent still shows it', async () => {
    const account = await connect(wappin({ name: 'Lama' }));
    const { templates } = await world.ask('{ templates(name: "reminder") { edges { node { id } } } }');
    await world.ask(
      'mutation ($id: ID!, $accountId: ID!) { registerTemplate(id: $id, accountId: $accountId, externalId: "templ_uat_2") { __typename } }',
      { id: templates.edges[0].node.id, accountId: account.id },
    );
    const { id } = await world.send(viaWappin(person(1), { accountId: account.id }));
    await world.messageIn(id, 'SUBMITTED');
    expect(await remove(account.id)).toEqual({ __typename: 'Deleted', id: account.id });

    const { providerAccounts } = await world.ask('{ providerAccounts { id } }');
    expect(providerAccounts.map((one: any) => one.id)).not.toContain(account.id);
    expect((await read(account.id)).deletedAt).not.toBeNull();
    expect(await world.message(id)).toMatchObject({ account: { id: account.id, name: 'Lama' } });
    const uuid = account.id.slice(4);
    const [row] = await world.rows('select length(credentials) as left from provider_accounts where id = $1', [uuid]);
    expect(row).toEqual({ left: 0 });
    for (const answer of [await test(account.id), await update(account.id, { name: 'x' }), await remove(account.id)])
      expect(answer).toMatchObject({ code: 'NOT_FOUND' });
    expect(await world.send(viaDoku(person(2), { accountId: account.id }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
