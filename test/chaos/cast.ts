import { type SimulatedAccount } from '../../src/simulator/accounts.js';
import { type SimulatedKind } from '../../src/simulator/behaviour.js';
import { type SimulatedTemplate } from '../../src/simulator/account-kind.js';
import {
  CALLBACK_TOKEN,
  DOKU_CREDENTIALS,
  EXOTEL_CREDENTIALS,
  EXOTEL_SENDER,
  META_CREDENTIALS,
  SENDTALK_CREDENTIALS,
  WAPPIN_CREDENTIALS,
} from '../support/world.js';

export type ProjectName = 'shop' | 'bank';

/** An account that plays in the hour: what its provider knows of it, and how it is connected. */
export interface CastAccount {
  readonly name: AccountName;
  readonly project: ProjectName;
  readonly kind: SimulatedKind;
  /** What its provider calls it. */
  readonly key: string;
  readonly simulated: SimulatedAccount;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly sender?: string;
  /** As it is connected; null is the provider's own. */
  readonly requestsPerMinute: number | null;
  /** What no minute may exceed; null: nothing. */
  readonly limit: number | null;
  readonly repeatSafe: boolean;
  /** Its provider tells what becomes of a message. */
  readonly reports: 'by callback' | 'when asked' | 'never';
  /** Callbacks name the attempt: one whose answer was lost is found by it. */
  readonly echoes: boolean;
}

export type AccountName =
  | 'doku'
  | 'dokuSlow'
  | 'wappin'
  | 'wappinSlow'
  | 'exotel'
  | 'sendtalk'
  | 'meta'
  | 'bankDoku'
  | 'bankWappin'
  | 'bankMeta';

const DOKU = { kind: 'DOKU', reports: 'never', echoes: false } as const;
const WAPPIN = { kind: 'WAPPIN', reports: 'by callback', echoes: false, repeatSafe: false } as const;
const META = { kind: 'META', reports: 'by callback', echoes: true, repeatSafe: false } as const;

function doku(
  name: AccountName,
  project: ProjectName,
  clientId: string,
  limit: number,
  repeatSafe: boolean,
): CastAccount {
  const secretKey = clientId === DOKU_CREDENTIALS.clientId ? DOKU_CREDENTIALS.secretKey : `SK-${clientId}`;
  return {
    ...{ ...DOKU, name, project, key: clientId, repeatSafe, limit },
    requestsPerMinute: limit === 100 ? null : limit,
    simulated: { kind: 'DOKU', clientId, secretKey, requestsPerMinute: limit },
    credentials: { clientId, secretKey, ...(repeatSafe && { repeatSafe: 'true' }) },
  };
}

function wappin(
  name: AccountName,
  project: ProjectName,
  { clientId, projectId, secretKey }: typeof WAPPIN_CREDENTIALS,
  limit: number | null,
): CastAccount {
  return {
    ...{ ...WAPPIN, name, project, key: clientId, requestsPerMinute: limit, limit },
    simulated: { kind: 'WAPPIN', clientId, projectId, secretKey },
    credentials: { clientId, projectId, secretKey, callbackToken: CALLBACK_TOKEN },
  };
}

function meta(
  name: AccountName,
  project: ProjectName,
  credentials: typeof META_CREDENTIALS,
  outsideWindow: 'fails' | 'goes out',
): CastAccount {
  return {
    ...{ ...META, name, project, key: credentials.phoneNumberId, requestsPerMinute: null, limit: null },
    simulated: { kind: 'META', ...credentials, outsideWindow },
    credentials,
  };
}

/** Two projects, all five providers, accounts with room and without. */
export const CAST: readonly CastAccount[] = [
  doku('doku', 'shop', DOKU_CREDENTIALS.clientId, 100, true),
  doku('dokuSlow', 'shop', 'BRN-SLOW', 30, false),
  wappin('wappin', 'shop', WAPPIN_CREDENTIALS, null),
  wappin('wappinSlow', 'shop', { clientId: '0015', projectId: '16', secretKey: 'the-second-secret-of-wappin' }, 60),
  {
    ...{ name: 'exotel', project: 'shop', kind: 'EXOTEL', key: EXOTEL_CREDENTIALS.accountSid },
    ...{ simulated: { kind: 'EXOTEL', ...EXOTEL_CREDENTIALS }, credentials: EXOTEL_CREDENTIALS, sender: EXOTEL_SENDER },
    ...{ requestsPerMinute: 40, limit: 40, repeatSafe: false, reports: 'by callback', echoes: true },
  },
  {
    ...{ name: 'sendtalk', project: 'shop', kind: 'SENDTALK', key: SENDTALK_CREDENTIALS.apiKey },
    ...{ simulated: { kind: 'SENDTALK', apiKey: SENDTALK_CREDENTIALS.apiKey }, credentials: SENDTALK_CREDENTIALS },
    ...{ requestsPerMinute: 50, limit: 50, repeatSafe: false, reports: 'when asked', echoes: false },
  },
  meta('meta', 'shop', META_CREDENTIALS, 'goes out'),
  doku('bankDoku', 'bank', 'BRN-BANK', 100, false),
  wappin('bankWappin', 'bank', { clientId: '0021', projectId: '22', secretKey: 'the-secret-of-the-bank' }, null),
  meta(
    'bankMeta',
    'bank',
    {
      phoneNumberId: '206540352242922',
      businessAccountId: '202290129340398',
      accessToken: 'EAAGsimulatedAccessToken02',
      appSecret: 'meta_app_secret_02',
      verifyToken: 'meta_verify_token_02',
    },
    'fails',
  ),
];

export const castAccount = (name: AccountName): CastAccount => CAST.find((one) => one.name === name)!;

/** Templates that only the simulator has to know of, beside those it begins with. */
export const SIMULATED_TEMPLATES: readonly SimulatedTemplate[] = [
  { kind: 'META', name: 'order_ready', language: 'id', params: 2 },
];

export interface CastTemplate {
  readonly name: string;
  readonly project: ProjectName;
  readonly category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION';
  readonly body: string;
  /** What the accounts call it, in the order in which they are tried. */
  readonly at: Readonly<Partial<Record<AccountName, string>>>;
}

const TWO_VALUES = 'Halo {{1}}, kabar untuk Anda: {{2}} ya.';
const THREE_VALUES = 'Halo {{1}}, pesanan {{2}} kami kirim. Nomor resi: {{3}}.';

/** The first value of every message is its mark. */
export const TEMPLATES: readonly CastTemplate[] = [
  {
    ...{ name: 'shipped', project: 'shop', category: 'UTILITY', body: THREE_VALUES },
    at: { doku: 'TMP-240223-07652', dokuSlow: 'TMP-240223-07652' },
  },
  {
    ...{ name: 'reminder', project: 'shop', category: 'UTILITY', body: TWO_VALUES },
    at: { wappin: 'templ_uat_2', wappinSlow: 'templ_uat_2', meta: 'order_ready', exotel: 'order_update' },
  },
  {
    ...{ name: 'offer', project: 'shop', category: 'MARKETING', body: TWO_VALUES },
    at: { wappin: 'templ_uat_2', wappinSlow: 'templ_uat_2', meta: 'order_ready' },
  },
  {
    ...{ name: 'code', project: 'shop', category: 'AUTHENTICATION', body: TWO_VALUES },
    at: { wappin: 'templ_uat_2', wappinSlow: 'templ_uat_2' },
  },
  {
    ...{ name: 'shipped', project: 'bank', category: 'UTILITY', body: THREE_VALUES },
    at: { bankDoku: 'TMP-240223-07652' },
  },
  {
    ...{ name: 'reminder', project: 'bank', category: 'UTILITY', body: TWO_VALUES },
    at: { bankWappin: 'templ_uat_2', bankMeta: 'order_ready' },
  },
];
