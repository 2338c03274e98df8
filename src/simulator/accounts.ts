import { type SimulatedKind } from './behaviour.js';

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

export interface SimulatedWappinAccount {
  readonly kind: 'WAPPIN';
  /** Exactly as the dashboard shows it: `0009` and `9` are two. */
  readonly clientId: string;
  readonly projectId: string;
  readonly secretKey: string;
  readonly clientName?: string;
  readonly projectName?: string;
  /** UAT takes only templ_uat_2 and templ_uat_3. */
  readonly environment?: 'PRODUCTION' | 'UAT';
  /** 24 h as documented. */
  readonly tokenLifeMs?: number;
  /** `Token not expired` comes without `data`: the document leaves open whether it does. */
  readonly tokenAnswerWithoutData?: boolean;
  /** The body's code is the HTTP status as well; without it everything is an HTTP 200. The document says nothing of HTTP statuses. */
  readonly mirrorStatus?: boolean;
  /** Addresses that may call; everybody where absent. */
  readonly allowedIps?: readonly string[];
}

export type SimulatedAccount = SimulatedDokuAccount | SimulatedWappinAccount;

/** A template that the provider has approved. */
export interface SimulatedTemplate {
  readonly kind: SimulatedKind;
  /** DOKU's templateId, Wappin's type. */
  readonly name: string;
  /** How many values it takes. */
  readonly params: number;
  /** Of this account alone; of every account of the kind where absent. */
  readonly clientId?: string;
  /** Wappin: `SMS` is the text of a fallback, named by `content`. */
  readonly channel?: 'WHATSAPP' | 'SMS';
}

/** Known from the start; the README of the demo and the reference's test vectors use them. */
export const DEFAULT_ACCOUNTS: readonly SimulatedAccount[] = [
  { kind: 'DOKU', clientId: 'BRN-0001-1700000000000', secretKey: 'SK-PaychatTestSecret01' },
  {
    kind: 'WAPPIN',
    clientId: '0009',
    projectId: '52',
    secretKey: '5f2b7c9d0e1a4836b7c2d9e0f1a2b3c4d5e6f708',
    clientName: 'wappin-info',
    projectName: 'WAPPIN-INFO',
  },
];

export const DEFAULT_TEMPLATES: readonly SimulatedTemplate[] = [
  { kind: 'DOKU', name: 'TMP-240223-07652', params: 3 },
  { kind: 'WAPPIN', name: 'bni_ecol_open_payment_create', params: 7 },
  { kind: 'WAPPIN', name: 'templ_uat_2', params: 2 },
  { kind: 'WAPPIN', name: 'templ_uat_3', params: 3 },
  { kind: 'WAPPIN', name: 'sms_open_payment_create', params: 2, channel: 'SMS' },
];

const templateKey = (kind: SimulatedKind, channel: string, clientId: string, name: string): string =>
  [kind, channel, clientId, name].join('\n');

/** Whom the providers know, and which templates they have approved. A second entry of the same name replaces the first. */
export class Accounts {
  private readonly accounts = new Map<string, SimulatedAccount>();
  private readonly paramCounts = new Map<string, number>();

  add(account: SimulatedAccount): void {
    this.accounts.set(`${account.kind}\n${account.clientId}`, account);
  }

  addTemplate(template: SimulatedTemplate): void {
    const { kind, channel = 'WHATSAPP', clientId = '', name, params } = template;
    this.paramCounts.set(templateKey(kind, channel, clientId, name), params);
  }

  doku(clientId: string): SimulatedDokuAccount | undefined {
    const account = this.accounts.get(`DOKU\n${clientId}`);
    return account?.kind === 'DOKU' ? account : undefined;
  }

  wappin(clientId: string): SimulatedWappinAccount | undefined {
    const account = this.accounts.get(`WAPPIN\n${clientId}`);
    return account?.kind === 'WAPPIN' ? account : undefined;
  }

  /** How many values a template of the account takes; undefined when it has none of that name. */
  paramCount(
    kind: SimulatedKind,
    clientId: string,
    name: string,
    channel: 'WHATSAPP' | 'SMS' = 'WHATSAPP',
  ): number | undefined {
    return (
      this.paramCounts.get(templateKey(kind, channel, clientId, name)) ??
      this.paramCounts.get(templateKey(kind, channel, '', name))
    );
  }
}
