import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { type SettingName } from '../../src/config/settings.js';
import { type CallbackPlan } from '../../src/simulator/behaviour.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { type Timers } from '../../src/simulator/timers.js';
import { type Activity, watchActivity } from './activity.js';
import { type Call } from './client.js';
import { type Gateway, onFreePort, startGateway } from './gateway.js';
import { type ManualClock } from './manual-clock.js';
import { until } from './until.js';

/** What the simulator knows from its start (docs/simulator.md). */
export const DOKU_CREDENTIALS = { clientId: 'BRN-0001-1700000000000', secretKey: 'SK-PaychatTestSecret01' };
export const WAPPIN_CREDENTIALS = {
  clientId: '0009',
  projectId: '52',
  secretKey: '5f2b7c9d0e1a4836b7c2d9e0f1a2b3c4d5e6f708',
};
export const CALLBACK_TOKEN = 'callback-token-of-the-tests';
export const EXOTEL_CREDENTIALS = { accountSid: 'kurir1', apiKey: 'key123', apiToken: 'token456' };
export const EXOTEL_SENDER = '+918047104710';
export const SENDTALK_CREDENTIALS = { apiKey: 'sendtalk-api-key-01', webhookSecret: 'sendtalk-webhook-secret-01' };
export const META_CREDENTIALS = {
  phoneNumberId: '106540352242922',
  businessAccountId: '102290129340398',
  accessToken: 'EAAGsimulatedAccessToken01',
  appSecret: 'meta_app_secret_01',
  verifyToken: 'meta_verify_token_01',
};

/** Requests a minute, for stories that are not about DOKU's 100: the simulator then counts none either. */
export const UNLIMITED = 1_000_000;

/** Registered at the DOKU account as TMP-240223-07652; three values. */
export const DOKU_TEMPLATE = 'shipped';
/** Registered at the Wappin account as templ_uat_2; two values. */
export const WAPPIN_TEMPLATE = 'reminder';

export const PROBLEM = '... on Problem { code field message provider { code message retryable } retryAt }';
const MESSAGE_FIELDS = `id status priority to reference providerMessageId scheduledAt expiresAt createdAt submittedAt sentAt
  deliveredAt readAt failedAt problem { code field message provider { provider code message retryable } }
  account { id name kind } content { ... on TemplateContent { params text } }`;
/** With all calls and the timeline; without them it costs less. */
const WHOLE_MESSAGE = `${MESSAGE_FIELDS}
  attempts { id number outcome startedAt durationMs httpStatus providerMessageId account { id } request response
    failure { provider code message retryable } }
  events { id type sequence occurredAt recordedAt data }`;

export interface AccountOptions {
  readonly name?: string;
  /** Over the simulator's own. */
  readonly credentials?: Record<string, unknown>;
  readonly baseUrl?: string;
  readonly requestsPerMinute?: number | null;
  readonly sender?: string;
}

export interface ConnectedAccount {
  readonly id: string;
  /** Where the provider calls, of several topics what persons write; null where it does not. */
  readonly callbackUrl: string | null;
}

export interface WorldOptions {
  /** The gateway's and the simulator's: both then stand until it is moved. */
  readonly clock?: ManualClock;
  /** The simulator's; what happens later happens at once by the event loop's timers without them. */
  readonly timers?: Timers;
  /** Of Wappin's callbacks. Without `posted: false` they come to the gateway. */
  readonly callbackPlan?: Partial<CallbackPlan>;
  readonly callbackRetryAfterMs?: readonly number[];
  /** Instead of the account as the simulator knows it; false: no such account. */
  readonly doku?: AccountOptions | false;
  readonly wappin?: AccountOptions | false;
  /** These three are connected where they are asked for. */
  readonly exotel?: AccountOptions;
  readonly sendtalk?: AccountOptions;
  readonly meta?: AccountOptions;
  readonly env?: Partial<Record<SettingName, string>>;
}

/** A gateway, the providers it talks to, an account and a registered template at each. */
export interface World {
  readonly gateway: Gateway;
  readonly simulator: Simulator;
  /** As the admin. */
  readonly call: Call;
  readonly doku: ConnectedAccount;
  readonly wappin: ConnectedAccount;
  readonly exotel: ConnectedAccount;
  readonly sendtalk: ConnectedAccount;
  readonly meta: ConnectedAccount;
  /** The answer's `data`; throws when there are errors. */
  readonly ask: (query: string, variables?: Record<string, unknown>) => Promise<any>;
  /** The message, or the Problem. */
  readonly send: (input: Record<string, unknown>) => Promise<any>;
  readonly sendAll: (inputs: readonly Record<string, unknown>[]) => Promise<any[]>;
  /** The message with its attempts and events. */
  readonly message: (id: string) => Promise<any>;
  /** The same once it is in one of these states; throws after 10 s with the state it is in. */
  readonly messageIn: (id: string, ...statuses: string[]) => Promise<any>;
  /** The same once its last call was answered too: a callback may be faster than the answer. */
  readonly answeredIn: (id: string, ...statuses: string[]) => Promise<any>;
  /** Straight from the database, past everything. */
  readonly rows: (text: string, values?: readonly unknown[]) => Promise<any[]>;
  /** How many rows each of these tables has: what is stored of something that must not be. */
  readonly counts: (...tables: string[]) => Promise<Record<string, number>>;
  /** With a clock: lets time pass, in steps, and at each waits until the gateway has done what it had to do then. */
  readonly pass: (ms: number, stepMs?: number) => Promise<void>;
  /** With a clock: until the gateway has nothing more to do before the clock moves. */
  readonly quiet: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts all of it. The simulator's callbacks go to the gateway, with a token. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { clock, timers, doku: dokuOptions } = options;
  const unlimited = dokuOptions && dokuOptions.requestsPerMinute === UNLIMITED;
  const simulator = await onFreePort((port) =>
    startSimulator({
      port: Number(port),
      ...(clock && { now: () => clock.now() }),
      ...(timers && { timers }),
      ...(unlimited && { accounts: [{ kind: 'DOKU', ...DOKU_CREDENTIALS, requestsPerMinute: null }] }),
      callbackPlan: { firstAfterMs: 5, betweenMs: 5, ...options.callbackPlan },
      ...(options.callbackRetryAfterMs && { callbackRetryAfterMs: options.callbackRetryAfterMs }),
    }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'kurir-world-'));
  const gateway = await startGateway({ ...(clock && { clock }), env: { DATA_DIR: folder, ...options.env } });
  const hands = handsOf(gateway.call);
  const none: ConnectedAccount = { id: '', callbackUrl: null };
  const doku = dokuOptions === false ? none : await connectDoku(gateway.call, simulator.url, dokuOptions);
  const wappin = options.wappin === false ? none : await connectWappin(gateway.call, simulator.url, options.wappin);
  if (wappin.callbackUrl) directCallbacks(simulator, wappin);
  const exotel = options.exotel ? await connectExotel(gateway.call, simulator.url, options.exotel) : none;
  const sendtalk = options.sendtalk ? await connectSendTalk(gateway.call, simulator.url, options.sendtalk) : none;
  const meta = options.meta ? await connectMeta(gateway.call, simulator.url, options.meta) : none;
  simulator.configure({
    callbacks: [
      { kind: 'EXOTEL', account: EXOTEL_CREDENTIALS.accountSid, url: exotel.callbackUrl },
      { kind: 'META', account: META_CREDENTIALS.phoneNumberId, url: meta.callbackUrl },
      { kind: 'SENDTALK', account: SENDTALK_CREDENTIALS.apiKey, url: sendtalk.callbackUrl },
    ],
  });
  if (doku.id) await addTemplate(gateway.call, { ...DOKU_SHIPPED, account: doku });
  if (wappin.id) await addTemplate(gateway.call, { ...WAPPIN_REMINDER, account: wappin });
  // Watching costs little, but only a clock that stands comes to rest.
  const activity: Activity | null = clock ? watchActivity() : null;
  const quiet = async (): Promise<void> => activity?.quiet();
  const pool = new pg.Pool({ connectionString: gateway.databaseUrl, max: 1 });
  // The database is dropped at the end, perhaps before the server has seen this connection go.
  pool.on('error', () => undefined);
  const rows: World['rows'] = async (text, values = []) => (await pool.query(text, [...values])).rows;
  return {
    gateway,
    simulator,
    call: gateway.call,
    doku,
    wappin,
    exotel,
    sendtalk,
    meta,
    ...hands,
    rows,
    counts: async (...tables) => {
      const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`);
      return (await rows(`select ${counts.join(', ')}`))[0];
    },
    quiet,
    pass: async (ms, stepMs = 1_000) => {
      await quiet();
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock?.advance(Math.min(stepMs, ms - passed));
        await quiet();
      }
    },
    close: async () => {
      activity?.stop();
      await pool.end();
      await gateway.close();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Hands = Pick<World, 'ask' | 'send' | 'sendAll' | 'message' | 'messageIn' | 'answeredIn'>;

/** What a world does, for another key or another gateway: `handsOf(graphql(url, key))`. */
export function handsOf(call: Call): Hands {
  const ask: World['ask'] = async (query, variables) => {
    const { data, errors } = await call(query, variables);
    if (errors) throw new Error(`The gateway answered: ${errors.map(({ message }) => message).join(' ')}`);
    return data;
  };
  const message: World['message'] = async (id) =>
    (await ask(`query ($id: ID!) { message(id: $id) { ${WHOLE_MESSAGE} } }`, { id })).message;
  const found = async (id: string, fits: (seen: any) => boolean, statuses: readonly string[]): Promise<any> => {
    let seen: any;
    return until(
      async () => {
        seen = await message(id);
        return fits(seen) && seen;
      },
      `a message in ${statuses.join(' or ')}`,
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it is ${seen?.status} ${JSON.stringify(seen?.problem)}`);
    });
  };
  return {
    ask,
    message,
    send: async (input) =>
      (
        await ask(
          `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on Message { ${MESSAGE_FIELDS} } ${PROBLEM} } }`,
          { input },
        )
      ).sendMessage,
    sendAll: async (inputs) =>
      (
        await ask(
          `mutation ($inputs: [SendMessageInput!]!) { sendMessages(inputs: $inputs) { __typename ... on Message { ${MESSAGE_FIELDS} } ${PROBLEM} } }`,
          { inputs },
        )
      ).sendMessages,
    messageIn: (id, ...statuses) => found(id, (seen) => statuses.includes(seen.status), statuses),
    answeredIn: (id, ...statuses) =>
      found(id, (seen) => statuses.includes(seen.status) && !!seen.attempts.at(-1)?.outcome, statuses),
  };
}

export const connectDoku = (call: Call, baseUrl: string, options: AccountOptions = {}): Promise<ConnectedAccount> =>
  connect(call, 'DOKU', {
    name: 'DOKU',
    baseUrl,
    ...options,
    credentials: { ...DOKU_CREDENTIALS, ...options.credentials },
  });

export const connectWappin = (call: Call, baseUrl: string, options: AccountOptions = {}): Promise<ConnectedAccount> =>
  connect(call, 'WAPPIN', {
    name: 'Wappin',
    baseUrl,
    ...options,
    credentials: { ...WAPPIN_CREDENTIALS, callbackToken: CALLBACK_TOKEN, ...options.credentials },
  });

export const connectExotel = (call: Call, baseUrl: string, options: AccountOptions = {}): Promise<ConnectedAccount> =>
  connect(call, 'EXOTEL', {
    ...{ name: 'Exotel', baseUrl, sender: EXOTEL_SENDER },
    ...options,
    credentials: { ...EXOTEL_CREDENTIALS, ...options.credentials },
  });

export const connectSendTalk = (call: Call, baseUrl: string, options: AccountOptions = {}): Promise<ConnectedAccount> =>
  connect(call, 'SENDTALK', {
    ...{ name: 'SendTalk', baseUrl },
    ...options,
    credentials: { ...SENDTALK_CREDENTIALS, ...options.credentials },
  });

export const connectMeta = (call: Call, baseUrl: string, options: AccountOptions = {}): Promise<ConnectedAccount> =>
  connect(call, 'META', {
    ...{ name: 'Meta', baseUrl },
    ...options,
    credentials: { ...META_CREDENTIALS, ...options.credentials },
  });

async function connect(call: Call, kind: string, input: AccountOptions): Promise<ConnectedAccount> {
  const { data, errors } = await call(
    `mutation ($input: ProviderAccountInput!) {
      connectProvider(input: $input) { __typename ... on ProviderAccount { id callbackUrls { url } } ${PROBLEM} }
    }`,
    { input: { kind, ...input } },
  );
  expect(errors).toBeUndefined();
  expect(data.connectProvider).toMatchObject({ __typename: 'ProviderAccount' });
  const { id, callbackUrls } = data.connectProvider;
  return { id, callbackUrl: callbackUrls.at(-1)?.url ?? null };
}

/** Enters the account's callback URL at the simulated Wappin. */
export function directCallbacks(simulator: Simulator, account: ConnectedAccount, token = CALLBACK_TOKEN): void {
  const { clientId } = WAPPIN_CREDENTIALS;
  simulator.configure({ callbacks: [{ kind: 'WAPPIN', clientId, url: account.callbackUrl, token }] });
}

/** From now on the simulated Meta lets free text go to persons who have not written. */
export function ignoreWindowsAtMeta(simulator: Simulator): void {
  const account = { ...META_CREDENTIALS, kind: 'META', appId: '670843887433847', outsideWindow: 'goes out' } as const;
  simulator.configure({ accounts: [account] });
}

export interface TemplateOptions {
  readonly name: string;
  readonly externalId?: string;
  readonly body?: string;
  readonly category?: string;
  readonly language?: string;
  readonly status?: string;
  readonly channel?: string;
  readonly header?: Record<string, unknown>;
  readonly buttons?: readonly Record<string, unknown>[];
  readonly samples?: readonly string[];
  /** Registered there; nowhere without it. */
  readonly account?: Pick<ConnectedAccount, 'id'>;
}

const DOKU_SHIPPED: TemplateOptions = {
  name: DOKU_TEMPLATE,
  externalId: 'TMP-240223-07652',
  body: 'Halo {{1}}, pesanan {{2}} kami kirim. Nomor resi: {{3}}.',
};
const WAPPIN_REMINDER: TemplateOptions = {
  name: WAPPIN_TEMPLATE,
  externalId: 'templ_uat_2',
  body: 'Halo {{1}}, jadwal Anda {{2}}.',
};

/** Makes a template and, with an account, registers it there. Answers its id. */
export async function addTemplate(call: Call, options: TemplateOptions): Promise<string> {
  const { name, externalId = name, body = 'Halo {{1}}, jadwal Anda {{2}}.', account, status } = options;
  const { category = 'UTILITY', language = 'id', channel, header, buttons, samples } = options;
  const made = await call(
    `mutation ($input: TemplateInput!) { createTemplate(input: $input) { __typename ... on Template { id } ${PROBLEM} } }`,
    { input: { name, body, category, language, channel, header, buttons, samples } },
  );
  expect(made.data?.createTemplate).toMatchObject({ __typename: 'Template' });
  const { id } = made.data.createTemplate;
  if (account) await registerTemplate(call, { id, accountId: account.id, externalId, ...(status && { status }) });
  return id;
}

export async function registerTemplate(call: Call, variables: Record<string, unknown>): Promise<void> {
  const { data } = await call(
    `mutation ($id: ID!, $accountId: ID!, $externalId: String!, $status: TemplateStatus! = APPROVED) {
      registerTemplate(id: $id, accountId: $accountId, externalId: $externalId, status: $status) { __typename ${PROBLEM} }
    }`,
    variables,
  );
  expect(data?.registerTemplate).toMatchObject({ __typename: 'Template' });
}

/** A send through DOKU. */
export const viaDoku = (to: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  to,
  content: { template: { name: DOKU_TEMPLATE, params: ['Budi', 'A-17', 'JNE-4455'] } },
  ...more,
});

/** A send through Wappin. */
export const viaWappin = (to: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  to,
  content: { template: { name: WAPPIN_TEMPLATE, params: ['Siti', '1 Maret 09.00'] } },
  ...more,
});

/** The recipient to whom `outcome` happens (docs/simulator.md): `magic('503')`; `once` hits the first try only. */
export const magic = (outcome: string, once: 'once' | 'always' = 'always'): string =>
  `+628120000${once === 'once' ? '1' : '0'}${outcome}`;

/** A valid number of nobody in particular; another one for each `n` below 10,000,000. */
export const person = (n: number): string => `+62878${String(20_000_000 + n).padStart(8, '0')}`;
