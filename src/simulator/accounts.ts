import { type AccountKind, accountIn, type SimulatedTemplate } from './account-kind.js';
import { type SimulatedKind } from './behaviour.js';
import { DOKU_ACCOUNTS, type SimulatedDokuAccount } from './doku/doku-account.js';
import { EXOTEL_ACCOUNTS, type SimulatedExotelAccount } from './exotel/exotel-account.js';
import { META_ACCOUNTS, type SimulatedMetaAccount } from './meta/meta-account.js';
import { SENDTALK_ACCOUNTS, type SimulatedSendTalkAccount } from './sendtalk/sendtalk-account.js';
import { type SimulatedWappinAccount, WAPPIN_ACCOUNTS } from './wappin/wappin-account.js';

export type SimulatedAccount =
  | SimulatedDokuAccount
  | SimulatedWappinAccount
  | SimulatedExotelAccount
  | SimulatedSendTalkAccount
  | SimulatedMetaAccount;

export type AccountOf<Kind extends SimulatedKind> = Extract<SimulatedAccount, { readonly kind: Kind }>;

/** What there is to say of each provider's accounts. */
export const ACCOUNT_KINDS: { readonly [Kind in SimulatedKind]: AccountKind<AccountOf<Kind>> } = {
  DOKU: DOKU_ACCOUNTS,
  WAPPIN: WAPPIN_ACCOUNTS,
  EXOTEL: EXOTEL_ACCOUNTS,
  SENDTALK: SENDTALK_ACCOUNTS,
  META: META_ACCOUNTS,
};

export const SIMULATED_KINDS = Object.keys(ACCOUNT_KINDS) as readonly SimulatedKind[];

const kinds: readonly Pick<AccountKind<SimulatedAccount>, 'accounts' | 'templates'>[] = Object.values(ACCOUNT_KINDS);

/** Known from the start; the README of the demo and the reference's test vectors use them. */
export const DEFAULT_ACCOUNTS: readonly SimulatedAccount[] = kinds.flatMap(({ accounts }) => accounts);
export const DEFAULT_TEMPLATES: readonly SimulatedTemplate[] = kinds.flatMap(({ templates }) => templates);

/** What its provider calls an account. */
export function keyOf(account: SimulatedAccount): string {
  const { key }: { readonly key: string } = ACCOUNT_KINDS[account.kind];
  return (account as unknown as Record<string, string>)[key] as string;
}

type TemplateName = Pick<SimulatedTemplate, 'kind' | 'name' | 'language' | 'channel'>;

const templateKey = ({ kind, channel = 'WHATSAPP', name, language = '' }: TemplateName, account: string): string =>
  [kind, channel, account, name, language].join('\n');

/** Whom the providers know, and which templates they have approved. A second entry of the same name replaces the first. */
export class Accounts {
  private readonly accounts = new Map<string, SimulatedAccount>();
  private readonly templates = new Map<string, SimulatedTemplate>();

  add(account: SimulatedAccount): void {
    this.accounts.set(`${account.kind}\n${keyOf(account)}`, account);
  }

  addTemplate(template: SimulatedTemplate): void {
    this.templates.set(templateKey(template, accountIn(template) ?? ''), template);
  }

  find<Kind extends SimulatedKind>(kind: Kind, key: string): AccountOf<Kind> | undefined {
    return this.accounts.get(`${kind}\n${key}`) as AccountOf<Kind> | undefined;
  }

  /** Those of one provider. */
  all<Kind extends SimulatedKind>(kind: Kind): AccountOf<Kind>[] {
    return [...this.accounts.values()].filter((account): account is AccountOf<Kind> => account.kind === kind);
  }

  /** A template of the account's own or of everybody's; undefined when there is none of that name. */
  template(name: TemplateName, account: string): SimulatedTemplate | undefined {
    return this.templates.get(templateKey(name, account)) ?? this.templates.get(templateKey(name, ''));
  }
}
