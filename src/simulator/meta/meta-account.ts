import { type AccountKind } from '../account-kind.js';
import { flag, milliseconds, number, oneOf, optional, orNull, text } from '../control-input.js';

export interface SimulatedMetaAccount {
  readonly kind: 'META';
  /** What a message is sent by. */
  readonly phoneNumberId: string;
  /** The WhatsApp Business Account: whose the templates are, and what a webhook is about. */
  readonly businessAccountId: string;
  readonly accessToken: string;
  /** Signs the webhooks. */
  readonly appSecret: string;
  /** Goes with the challenge that tries a callback address. */
  readonly verifyToken: string;
  /** The app has one callback address for all of its numbers. */
  readonly appId?: string;
  /** Digits, country code first. */
  readonly displayPhoneNumber?: string;
  readonly verifiedName?: string;
  /** A free-form message to a person who has not written for 24 hours: a `failed` status says 131047 (where absent), or the answer does, or it goes out. */
  readonly outsideWindow?: 'fails' | 'refused' | 'goes out';
  /** 80 where absent, then 130429; null takes the limit away. */
  readonly messagesPerSecond?: number | null;
  /** To one person 45 messages at once and then one in 6 s, else 131056. False takes the limit away. */
  readonly pairRate?: boolean;
  /** Below 24 a status also has its `conversation`; 23 where absent. */
  readonly webhookVersion?: number;
  /** Webhooks name everybody's business-scoped user id, not only that of a person without a number. */
  readonly userIds?: boolean;
  /** Webhook and lookup tell of payments by UPI and by link too; Meta's pages leave those to the gateway's own webhook. */
  readonly upiReports?: boolean;
  /** Where a payment stands after a try that failed: `failed` (where absent) as with those who hand it on, `pending` on Meta's page. */
  readonly failedPayment?: 'failed' | 'pending';
  /** How long the review of a template takes; 200 ms where absent. */
  readonly reviewMs?: number;
}

export const META_ACCOUNTS: AccountKind<SimulatedMetaAccount> = {
  key: 'phoneNumberId',
  shape: {
    kind: oneOf('META'),
    phoneNumberId: text,
    businessAccountId: text,
    accessToken: text,
    appSecret: text,
    verifyToken: text,
    appId: optional(text),
    displayPhoneNumber: optional(text),
    verifiedName: optional(text),
    outsideWindow: optional(oneOf('fails', 'refused', 'goes out')),
    messagesPerSecond: optional(orNull(number(1, 1_000_000))),
    pairRate: optional(flag),
    webhookVersion: optional(number(1, 1_000)),
    userIds: optional(flag),
    upiReports: optional(flag),
    failedPayment: optional(oneOf('failed', 'pending')),
    reviewMs: milliseconds,
  },
  accounts: [
    {
      kind: 'META',
      phoneNumberId: '106540352242922',
      businessAccountId: '102290129340398',
      accessToken: 'EAAGsimulatedAccessToken01',
      appSecret: 'meta_app_secret_01',
      verifyToken: 'meta_verify_token_01',
      appId: '670843887433847',
      displayPhoneNumber: '6281110009999',
      verifiedName: 'Kurir Demo',
    },
  ],
  // Meta's templates are whole ones, with a review of their own: meta-default-templates.ts.
  templates: [],
};

/** The number as webhooks write it: digits alone. */
export const displayNumberOf = (account: SimulatedMetaAccount): string =>
  account.displayPhoneNumber?.replace(/\D/g, '') ?? '15550000000';
