import { type AccountKind } from '../account-kind.js';
import {
  faultOf,
  flag,
  httpUrl,
  LONGEST_WAIT_MS,
  number,
  oneOf,
  optional,
  orNull,
  type Rule,
  type Shape,
  text,
} from '../control-input.js';
import { DOKU_ENTRIES, type DokuEntry } from './doku-channels.js';

/** Where DOKU notifies, for each entry of its back office. Absent or null: nobody is notified. */
export type DokuNotificationUrls = Readonly<Partial<Record<DokuEntry, string | null>>>;

export interface SimulatedDokuAccount {
  readonly kind: 'DOKU';
  readonly clientId: string;
  readonly secretKey: string;
  /** PAYCHAT: 100 as documented; null takes the limit away, e.g. for a benchmark. */
  readonly requestsPerMinute?: number | null;
  /** Answers carry DOKU's general response signature. Not documented for PAYCHAT, so off by default. */
  readonly signAnswers?: boolean;
  /** How far Request-Timestamp may be off, in milliseconds. DOKU documents no window for this API: null (default) looks at none. */
  readonly maxSkewMs?: number | null;
  readonly notificationUrls?: DokuNotificationUrls;
  /** So many times faster than DOKU's 30 minutes, 6 and 12 hours are notifications tried again; 1 where absent. */
  readonly retrySpeed?: number;
  /** Of SNAP notifications. `bearer`: the token is signed, as documented. `empty`: nothing in its place, as seen in the sandbox. */
  readonly snapTokenPart?: 'bearer' | 'empty';
  /** Of SNAP notifications. `base64` as DOKU's SDK, `hex` as the sample of its page. */
  readonly snapEncoding?: 'base64' | 'hex';
  /** False: Check Status has no `order.status`, as for merchants registered before December 2024. */
  readonly orderStatus?: boolean;
}

/** What the back office refuses. That loopback and plain http cannot be reached from DOKU is not looked at here: they are what tests have. */
export const notificationUrl: Rule = (value) =>
  httpUrl(value) ??
  (/ngrok/i.test(new URL(value as string).hostname) ? 'must not be on ngrok: DOKU refuses it' : undefined);

const urls: Shape = Object.fromEntries(DOKU_ENTRIES.map((entry) => [entry, optional(orNull(notificationUrl))]));

/** Of an account, what is set in the back office of the real one. */
export const DOKU_SETTINGS: Shape = {
  notificationUrls: optional((value) => faultOf(value, urls)),
  retrySpeed: optional(number(1, 1_000_000)),
  snapTokenPart: optional(oneOf('bearer', 'empty')),
  snapEncoding: optional(oneOf('base64', 'hex')),
  orderStatus: optional(flag),
};

export const DOKU_ACCOUNTS: AccountKind<SimulatedDokuAccount> = {
  key: 'clientId',
  shape: {
    kind: oneOf('DOKU'),
    clientId: text,
    secretKey: text,
    requestsPerMinute: optional(orNull(number(1, 1_000_000))),
    signAnswers: optional(flag),
    maxSkewMs: optional(orNull(number(0, LONGEST_WAIT_MS))),
    ...DOKU_SETTINGS,
  },
  accounts: [{ kind: 'DOKU', clientId: 'BRN-0001-1700000000000', secretKey: 'SK-PaychatTestSecret01' }],
  templates: [{ kind: 'DOKU', name: 'TMP-240223-07652', params: 3 }],
};
