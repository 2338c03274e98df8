import { randomBytes } from 'node:crypto';
import { granted, type Merchant, PROBLEM, type Refusal } from './merchant.js';
import { type Kind, type Simulated } from './simulated.js';

/** What the simulator knows from its start (docs/simulator.md), as a merchant would type it in. */
const CREDENTIALS = {
  DOKU: { clientId: 'BRN-0001-1700000000000', secretKey: 'SK-PaychatTestSecret01' },
  WAPPIN: { clientId: '0009', projectId: '52', secretKey: '5f2b7c9d0e1a4836b7c2d9e0f1a2b3c4d5e6f708' },
  SENDTALK: { apiKey: 'sendtalk-api-key-01', webhookSecret: 'sendtalk-webhook-secret-01' },
  EXOTEL: { accountSid: 'kurir1', apiKey: 'key123', apiToken: 'token456' },
  META: {
    phoneNumberId: '106540352242922',
    businessAccountId: '102290129340398',
    accessToken: 'EAAGsimulatedAccessToken01',
    appSecret: 'meta_app_secret_01',
    verifyToken: 'meta_verify_token_01',
    appId: '670843887433847',
  },
} as const;
/** The only one of them that has to be told from which number it sends. */
const EXOTEL_SENDER = '+918047104710';

/** Slow enough to be watched; the simulator's own plan is over within a quarter of a second. */
const CALLBACK_PLAN = { firstAfterMs: 150, betweenMs: 200 };

export interface Account {
  readonly id: string;
  readonly kind: Kind;
  readonly name: string;
  readonly callbackUrls: readonly { readonly topic: string; readonly url: string }[];
}
export type Accounts = Readonly<Record<Kind, Account>>;

interface Connection {
  readonly kind: Kind;
  readonly name: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly sender?: string;
}

const ACCOUNT = 'id kind name callbackUrls { topic url }';

/** What the simulator calls each account by. */
export const PROVIDERS_NAME: Readonly<Record<Kind, string>> = {
  DOKU: CREDENTIALS.DOKU.clientId,
  WAPPIN: CREDENTIALS.WAPPIN.clientId,
  SENDTALK: CREDENTIALS.SENDTALK.apiKey,
  EXOTEL: CREDENTIALS.EXOTEL.accountSid,
  META: CREDENTIALS.META.phoneNumberId,
};

/**
 * Connects an account of each provider, or points those that an earlier run has left, perhaps one that was killed, at
 * this run's simulator; and enters our addresses in the providers' consoles.
 */
export async function connectAll(shop: Merchant, simulated: Simulated): Promise<Accounts> {
  const callbackToken = randomBytes(16).toString('hex');
  const { providerAccounts } = await shop.ask<{ providerAccounts: Account[] }>(`{ providerAccounts { ${ACCOUNT} } }`);
  const open = async (connection: Connection): Promise<Account> =>
    connect(shop, connection, simulated.url, providerAccounts);
  // One after the other: without a route, the oldest account is tried first.
  const accounts: Accounts = {
    DOKU: await open({ kind: 'DOKU', name: 'Demo DOKU', credentials: CREDENTIALS.DOKU }),
    WAPPIN: await open({ kind: 'WAPPIN', name: 'Demo Wappin', credentials: { ...CREDENTIALS.WAPPIN, callbackToken } }),
    SENDTALK: await open({ kind: 'SENDTALK', name: 'Demo SendTalk', credentials: CREDENTIALS.SENDTALK }),
    EXOTEL: await open({
      ...{ kind: 'EXOTEL', name: 'Demo Exotel' },
      ...{ credentials: CREDENTIALS.EXOTEL, sender: EXOTEL_SENDER },
    }),
    META: await open({ kind: 'META', name: 'Demo Meta', credentials: CREDENTIALS.META }),
  };
  const webhook = urlOf(accounts.META, 'webhook');
  await simulated.subscribe(PROVIDERS_NAME.META, webhook, CREDENTIALS.META.verifyToken);
  const plan = CALLBACK_PLAN;
  const [wappin, exotel] = [urlOf(accounts.WAPPIN, 'callback'), urlOf(accounts.EXOTEL, 'message')];
  await simulated.direct({ kind: 'META', account: PROVIDERS_NAME.META, url: webhook, plan });
  await simulated.direct({ kind: 'WAPPIN', account: PROVIDERS_NAME.WAPPIN, url: wappin, token: callbackToken, plan });
  await simulated.direct({ kind: 'EXOTEL', account: PROVIDERS_NAME.EXOTEL, url: exotel, plan });
  const proofs = urlOf(accounts.SENDTALK, 'verification');
  await simulated.direct({ kind: 'SENDTALK', account: PROVIDERS_NAME.SENDTALK, url: proofs, plan });
  return accounts;
}

function urlOf({ callbackUrls, name }: Account, topic: string): string {
  const found = callbackUrls.find((one) => one.topic === topic);
  if (!found) throw new Error(`The account ${name} has no callback address for ${topic}.`);
  return found.url;
}

async function connect(
  shop: Merchant,
  { kind, name, ...settings }: Connection,
  baseUrl: string,
  known: readonly Account[],
): Promise<Account> {
  const before = known.find((account) => account.name === name);
  if (before) {
    const { updateProviderAccount } = await shop.ask<{ updateProviderAccount: Account | Refusal }>(
      `mutation ($id: ID!, $input: ProviderAccountPatch!) {
        updateProviderAccount(id: $id, input: $input) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} }
      }`,
      { id: before.id, input: { ...settings, baseUrl, enabled: true } },
    );
    return granted(updateProviderAccount, `The account ${name}`);
  }
  const { connectProvider } = await shop.ask<{ connectProvider: Account | Refusal }>(
    `mutation ($input: ProviderAccountInput!) {
      connectProvider(input: $input) { __typename ... on ProviderAccount { ${ACCOUNT} } ${PROBLEM} }
    }`,
    { input: { kind, name, ...settings, baseUrl } },
  );
  return granted(connectProvider, `The account ${name}`);
}
