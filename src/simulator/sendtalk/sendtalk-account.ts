import { type AccountKind } from '../account-kind.js';
import { oneOf, optional, type Rule, text } from '../control-input.js';

export interface SimulatedSendTalkAccount {
  readonly kind: 'SENDTALK';
  readonly apiKey: string;
  /** Every send and every verification is refused with this reason. */
  readonly refuses?: 'insufficient_balance' | 'config_disabled';
  /** SendTalk's number, which persons write to; digits, country code first. A usual one where absent. */
  readonly number?: string;
  /** Goes with the webhooks, which have no header of it where it is absent. */
  readonly webhookSecret?: string;
  /** `Secret-Key` where absent. No document names one: it is that of OneTalk, of the same house. */
  readonly webhookSecretHeader?: string;
  /** The secret itself where absent, or the hex HMAC-SHA256 of the body. The documents leave it open. */
  readonly webhookSecretMode?: 'plain' | 'hmac-sha256-hex';
  /**
   * What `qrCode` is, of which the documents have only `"..."` (`elided`): a data URI where absent, bare base64, the URL of
   * a picture.
   */
  readonly qrCode?: 'data' | 'bare' | 'url' | 'elided';
}

const digits: Rule = (value) =>
  typeof value === 'string' && /^[1-9]\d{7,14}$/.test(value)
    ? undefined
    : 'must be a phone number in digits, country code first';

const headerName: Rule = (value) =>
  typeof value === 'string' && /^[\w-]+$/.test(value) ? undefined : 'must be the name of a header';

export const SENDTALK_ACCOUNTS: AccountKind<SimulatedSendTalkAccount> = {
  key: 'apiKey',
  shape: {
    kind: oneOf('SENDTALK'),
    apiKey: text,
    refuses: optional(oneOf('insufficient_balance', 'config_disabled')),
    number: optional(digits),
    webhookSecret: optional(text),
    webhookSecretHeader: optional(headerName),
    webhookSecretMode: optional(oneOf('plain', 'hmac-sha256-hex')),
    qrCode: optional(oneOf('data', 'bare', 'url', 'elided')),
  },
  accounts: [{ kind: 'SENDTALK', apiKey: 'sendtalk-api-key-01', webhookSecret: 'sendtalk-webhook-secret-01' }],
  templates: [],
};
