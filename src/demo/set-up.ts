import { randomBytes } from 'node:crypto';
import { granted, type Merchant, PROBLEM, type Refusal } from './merchant.js';

/** The accounts that the simulator knows from its start (docs/simulator.md). */
const DOKU_CREDENTIALS = { clientId: 'BRN-0001-1700000000000', secretKey: 'SK-PaychatTestSecret01' };
const WAPPIN_CREDENTIALS = {
  clientId: '0009',
  projectId: '52',
  secretKey: '5f2b7c9d0e1a4836b7c2d9e0f1a2b3c4d5e6f708',
};

/** The template of DOKU's PAYCHAT page, whose id is DOKU's; the name is ours. */
export const DOKU_TEMPLATE = {
  name: 'paychat_example',
  externalId: 'TMP-240223-07652',
  body: 'Halo {{1}}, pesanan {{2}} kami kirim hari ini. Nomor resi: {{3}}.',
};
/** The template of Wappin's document (1.7, December 2019), which shows its name and its values, and not its text. */
export const WAPPIN_TEMPLATE = {
  name: 'bni_ecol_open_payment_create',
  externalId: 'bni_ecol_open_payment_create',
  body: 'Yth. {{1}}, nomor virtual account {{2}} untuk tagihan {{3}} atas nama {{4}} ({{5}}) sebesar Rp {{6}} berlaku sampai {{7}}.',
};

/** Slow enough to be watched; the simulator's own plan is over within a quarter of a second. */
const CALLBACK_PLAN = { firstAfterMs: 300, betweenMs: 400 };

interface Account {
  readonly id: string;
  readonly name: string;
  readonly callbackUrls: readonly { readonly topic: string; readonly url: string }[];
}

const ACCOUNT = 'id name callbackUrls { topic url }';

/**
 * Connects both accounts to the simulator and registers the two templates, or finds what an earlier run, perhaps one
 * that was killed, has left: then the accounts are pointed at this run's simulator.
 */
export async function setUp(shop: Merchant, simulatorUrl: string): Promise<void> {
  const callbackToken = randomBytes(16).toString('hex');
  const [doku, wappin] = await Promise.all([
    connect(shop, { kind: 'DOKU', name: 'Demo DOKU', credentials: DOKU_CREDENTIALS, baseUrl: simulatorUrl }),
    connect(shop, {
      kind: 'WAPPIN',
      name: 'Demo Wappin',
      credentials: { ...WAPPIN_CREDENTIALS, callbackToken },
      baseUrl: simulatorUrl,
    }),
  ]);
  const url = wappin.callbackUrls.find(({ topic }) => topic === 'callback')?.url;
  await Promise.all([
    // What a merchant enters in Wappin's dashboard.
    control(simulatorUrl, 'callbacks', {
      ...{ kind: 'WAPPIN', clientId: WAPPIN_CREDENTIALS.clientId, url, token: callbackToken, plan: CALLBACK_PLAN },
    }),
    register(shop, DOKU_TEMPLATE, doku),
    register(shop, WAPPIN_TEMPLATE, wappin),
  ]);
}

async function connect(
  shop: Merchant,
  input: { kind: 'DOKU' | 'WAPPIN'; name: string; credentials: Record<string, string>; baseUrl: string },
): Promise<Account> {
  const { kind, name, ...patch } = input;
  const { providerAccounts } = await shop.ask<{ providerAccounts: Account[] }>(
    `query ($kind: ProviderKind) { providerAccounts(kind: $kind) { ${ACCOUNT} } }`,
    { kind },
  );
  const known = providerAccounts.find((account) => account.name === name);
  if (known) {
    const { updateProviderAccount } = await shop.ask<{ updateProviderAccount: Account | Refusal }>(
      `mutation ($id: ID!, $input: ProviderAccountPatch!) {
        updateProviderAccount(id: $id, input: $input) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} }
      }`,
      { id: known.id, input: { ...patch, enabled: true } },
    );
    return granted(updateProviderAccount, `The account ${name}`);
  }
  const { connectProvider } = await shop.ask<{ connectProvider: Account | Refusal }>(
    `mutation ($input: ProviderAccountInput!) {
      connectProvider(input: $input) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} }
    }`,
    { input },
  );
  return granted(connectProvider, `The account ${name}`);
}

async function register(
  shop: Merchant,
  { name, body, externalId }: typeof DOKU_TEMPLATE,
  account: Account,
): Promise<void> {
  const { templates } = await shop.ask<{ templates: { edges: { node: { id: string } }[] } }>(
    'query ($name: String) { templates(name: $name, first: 1) { edges { node { id } } } }',
    { name },
  );
  const id = templates.edges[0]?.node.id ?? (await create(shop, { name, body, language: 'id', category: 'UTILITY' }));
  const { registerTemplate } = await shop.ask<{ registerTemplate: object | Refusal }>(
    `mutation ($id: ID!, $accountId: ID!, $externalId: String!) {
      registerTemplate(id: $id, accountId: $accountId, externalId: $externalId) { __typename ${PROBLEM} }
    }`,
    { id, accountId: account.id, externalId },
  );
  granted(registerTemplate, `The template ${externalId}`);
}

async function create(shop: Merchant, input: Record<string, string>): Promise<string> {
  const { createTemplate } = await shop.ask<{ createTemplate: { id: string } | Refusal }>(
    `mutation ($input: TemplateInput!) {
      createTemplate(input: $input) { __typename ... on Template { id } ${PROBLEM} }
    }`,
    { input },
  );
  return granted(createTemplate, `The template ${input['name']}`).id;
}

async function control(simulatorUrl: string, endpoint: string, body: object): Promise<void> {
  const answer = await fetch(`${simulatorUrl}/_simulator/${endpoint}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The simulator refused /_simulator/${endpoint}: ${await answer.text()}`);
}
