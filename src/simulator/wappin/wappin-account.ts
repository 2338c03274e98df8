import { type AccountKind } from '../account-kind.js';
import { flag, milliseconds, oneOf, optional, text, texts } from '../control-input.js';

export interface SimulatedWappinAccount {
  readonly kind: 'WAPPIN';
  /** Exactly as the dashboard shows it: `0009` and `9` are two. */
  readonly clientId: string;
  readonly projectId: string;
  readonly secretKey: string;
  readonly clientName?: string;
  readonly projectName?: string;
  /** UAT takes only templ_uat_2 and templ_uat_3, and no session text. */
  readonly environment?: 'PRODUCTION' | 'UAT';
  /** 24 h as documented. */
  readonly tokenLifeMs?: number;
  /** `Token not expired` comes without `data`: the document leaves open whether it does. */
  readonly tokenAnswerWithoutData?: boolean;
  /** The body's code is the HTTP status as well; without it everything is an HTTP 200. The document says nothing of HTTP statuses. */
  readonly mirrorStatus?: boolean;
  /** Addresses that may call; everybody where absent. */
  readonly allowedIps?: readonly string[];
  /** The dashboard's rule "Invalid WA Number": a message with an SMS to a number that is not on WhatsApp is taken. */
  readonly smsToInvalidNumbers?: boolean;
  /** Session messages to a person who has not written for 24 hours are taken and then fail: a reading, the document is silent. */
  readonly sessionWindow?: boolean;
}

export const WAPPIN_ACCOUNTS: AccountKind<SimulatedWappinAccount> = {
  key: 'clientId',
  shape: {
    kind: oneOf('WAPPIN'),
    clientId: text,
    projectId: text,
    secretKey: text,
    clientName: optional(text),
    projectName: optional(text),
    environment: optional(oneOf('PRODUCTION', 'UAT')),
    tokenLifeMs: milliseconds,
    tokenAnswerWithoutData: optional(flag),
    mirrorStatus: optional(flag),
    allowedIps: optional(texts),
    smsToInvalidNumbers: optional(flag),
    sessionWindow: optional(flag),
  },
  accounts: [
    {
      kind: 'WAPPIN',
      clientId: '0009',
      projectId: '52',
      secretKey: '5f2b7c9d0e1a4836b7c2d9e0f1a2b3c4d5e6f708',
      clientName: 'wappin-info',
      projectName: 'WAPPIN-INFO',
    },
  ],
  templates: [
    { kind: 'WAPPIN', name: 'bni_ecol_open_payment_create', params: 7 },
    { kind: 'WAPPIN', name: 'templ_uat_2', params: 2 },
    { kind: 'WAPPIN', name: 'templ_uat_3', params: 3 },
    { kind: 'WAPPIN', name: 'sms_open_payment_create', params: 2, channel: 'SMS' },
  ],
};
