import { type AccountKind } from '../account-kind.js';
import { flag, oneOf, optional, text, texts } from '../control-input.js';

export interface SimulatedExotelAccount {
  readonly kind: 'EXOTEL';
  readonly accountSid: string;
  readonly apiKey: string;
  readonly apiToken: string;
  /** Numbers that it may send from, E.164; any where absent. */
  readonly senders?: readonly string[];
  /** `params`: callbacks come as `{"params":{"whatsapp":…}}`, as on the payments page, and not bare, as in practice. */
  readonly wrapper?: 'bare' | 'params';
  /** What an incoming message is called: `incoming_message` in practice, `icm` in the documents. */
  readonly incomingType?: 'incoming_message' | 'icm';
  /** Callbacks echo the request's `custom_data` alone and leave a message's own out: whether they do is not confirmed. */
  readonly customDataOfRequestOnly?: boolean;
  /** Callbacks carry `X-Exotel-Signature: sha256=<hex HMAC of the body>` with this key, as only the newer site claims. */
  readonly signingSecret?: string;
  /**
   * Templates that are not known, or that have another number of values, are taken and then fail with 30024 and 30023, as
   * in practice, and are not refused in the answer.
   */
  readonly templateErrorsLater?: boolean;
  /** Everything is refused with HTTP 402. */
  readonly overLimit?: boolean;
  /** The flat forms of the newer site are taken too. */
  readonly lenient?: boolean;
  /** Free-form messages to a person who has not written for 24 hours fail with 30018. */
  readonly sessionWindow?: boolean;
  /** Payments by UPI are reported too, as the sample of the payments page shows (where absent), or, as the newer site has it, are not. */
  readonly upiReports?: boolean;
}

export const EXOTEL_ACCOUNTS: AccountKind<SimulatedExotelAccount> = {
  key: 'accountSid',
  shape: {
    kind: oneOf('EXOTEL'),
    accountSid: text,
    apiKey: text,
    apiToken: text,
    senders: optional(texts),
    wrapper: optional(oneOf('bare', 'params')),
    incomingType: optional(oneOf('incoming_message', 'icm')),
    customDataOfRequestOnly: optional(flag),
    signingSecret: optional(text),
    templateErrorsLater: optional(flag),
    overLimit: optional(flag),
    lenient: optional(flag),
    sessionWindow: optional(flag),
    upiReports: optional(flag),
  },
  accounts: [{ kind: 'EXOTEL', accountSid: 'kurir1', apiKey: 'key123', apiToken: 'token456' }],
  templates: [
    { kind: 'EXOTEL', name: 'order_update', language: 'id', params: 2 },
    { kind: 'EXOTEL', name: 'order_update', language: 'en', params: 2 },
    { kind: 'EXOTEL', name: 'order_payment', language: 'id', params: 1, orderButton: 0 },
    { kind: 'EXOTEL', name: 'order_payment', language: 'en', params: 1, orderButton: 0 },
    { kind: 'EXOTEL', name: 'invoice_ready', language: 'en', params: 1, header: 'document', buttons: [0] },
  ],
};
