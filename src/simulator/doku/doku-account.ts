import { type AccountKind } from '../account-kind.js';
import { flag, LONGEST_WAIT_MS, number, oneOf, optional, orNull, text } from '../control-input.js';

export interface SimulatedDokuAccount {
  readonly kind: 'DOKU';
  readonly clientId: string;
  readonly secretKey: string;
  /** 100 as documented; null takes the limit away, e.g. for a benchmark. */
  readonly requestsPerMinute?: number | null;
  /** Answers carry DOKU's general response signature. Not documented for PAYCHAT, so off by default. */
  readonly signAnswers?: boolean;
  /** How far Request-Timestamp may be off, in milliseconds. DOKU documents no window for this API: null (default) looks at none. */
  readonly maxSkewMs?: number | null;
}

export const DOKU_ACCOUNTS: AccountKind<SimulatedDokuAccount> = {
  key: 'clientId',
  shape: {
    kind: oneOf('DOKU'),
    clientId: text,
    secretKey: text,
    requestsPerMinute: optional(orNull(number(1, 1_000_000))),
    signAnswers: optional(flag),
    maxSkewMs: optional(orNull(number(0, LONGEST_WAIT_MS))),
  },
  accounts: [{ kind: 'DOKU', clientId: 'BRN-0001-1700000000000', secretKey: 'SK-PaychatTestSecret01' }],
  templates: [{ kind: 'DOKU', name: 'TMP-240223-07652', params: 3 }],
};
