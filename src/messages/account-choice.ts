import { type Problem, problem } from '../common/problem.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Capability } from '../providers/capability.js';
import { type MediaType, type TemplatePart } from '../providers/ports.js';
import { type RoutingTable } from '../providers/routing.service.js';
import { type TemplateToSend } from '../templates/templates.service.js';
import { type MessageContent } from './message-content.js';

/** What an account must be able to do to carry a content. */
export interface Need {
  readonly capability: Capability;
  /** A template must be registered and approved there, and these of its parts carried. */
  readonly template: { readonly found: TemplateToSend; readonly parts: ReadonlySet<TemplatePart> } | null;
  /** Null in it where nobody has looked: a link's. */
  readonly file: { readonly type: MediaType; readonly mimeType: string | null; readonly size: number | null } | null;
}

/** Which accounts come into question. */
export interface Preference {
  /** The account that the caller named; `''` for an id that cannot be one. */
  readonly accountId: string | null;
  /** The one to try first, where it is on the route. */
  readonly first?: string | null;
  /** Where in the input the content stands: `content.template`. */
  readonly at: string;
  /** Among the accounts that can carry it, those that suit better than the first. */
  readonly prefers?: (account: ProviderAccount) => boolean;
  /** Of an account through which a person cannot be written to freely any more: since when, where that is known. */
  readonly closed?: (account: ProviderAccount) => { readonly since: Date | null } | null;
}

const CAPABILITY: Readonly<Record<Exclude<MessageContent['kind'], 'unknown'>, Capability>> = {
  template: 'TEMPLATE',
  text: 'TEXT',
  media: 'MEDIA',
  interactive: 'INTERACTIVE',
};

/** The capability that carries a kind of content. */
export const capabilityFor = (kind: Exclude<MessageContent['kind'], 'unknown'>): Capability => CAPABILITY[kind];

const WHAT: Readonly<Partial<Record<Capability, string>>> = {
  TEMPLATE: 'templates',
  TEXT: 'free text',
  MEDIA: 'media',
  INTERACTIVE: 'buttons and lists',
};

const namesOf = (accounts: readonly ProviderAccount[]): string => accounts.map(({ name }) => name).join(', ');

/** The first account on the route that can carry it, or why none can. */
export function chooseAccount(need: Need, by: Preference, routing: RoutingTable): ProviderAccount | Problem {
  const candidates = candidatesFor(need, by, routing);
  if (!Array.isArray(candidates)) return candidates;
  const able = candidates.filter((account) => carries(account, need, routing));
  if (able.length === 0) return notCarried(need, by, routing);
  const fitting = able.filter((account) => takesFile(account, need, routing));
  if (fitting.length === 0) return fileRefused(need, by, able[0] as ProviderAccount, routing);
  const sendable = need.template ? approvedAt(fitting, need.template.found, by) : fitting;
  if (!Array.isArray(sendable)) return sendable;
  const open = sendable.filter((account) => !by.closed?.(account));
  return open.find((account) => by.prefers?.(account)) ?? open[0] ?? windowClosed(sendable, by);
}

function candidatesFor(need: Need, by: Preference, routing: RoutingTable): ProviderAccount[] | Problem {
  const what = WHAT[need.capability] ?? 'it';
  if (by.accountId !== null) {
    const named = routing.account(by.accountId);
    if (!named) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    // Named on purpose, it is taken even while it is held: the message waits in its queue.
    if (routing.can(named, need.capability)) return [named];
    const could = couldInstead(need.capability, routing);
    return problem('UNSUPPORTED_BY_PROVIDER', `The account ${named.name} cannot send ${what}; ${could}.`, 'accountId');
  }
  const tried = routing.tried(need.capability);
  if (tried.length > 0) {
    const first = tried.find(({ id }) => id === by.first);
    return first ? [first, ...tried.filter((account) => account !== first)] : tried;
  }
  const enabled = routing.accounts.filter((account) => account.enabled);
  // Templates are what every provider is for: without an account for them there is none at all.
  if (enabled.length === 0 || need.capability === 'TEMPLATE' || routing.listed(need.capability).length > 0) {
    return problem(
      'NO_ROUTE',
      `No enabled account of this project sends ${what}: connect one, enable one, or set the route.`,
      by.at,
    );
  }
  const could = couldInstead(need.capability, routing);
  return problem('UNSUPPORTED_BY_PROVIDER', `No enabled account of this project can send ${what}; ${could}.`, by.at);
}

function couldInstead(capability: Capability, routing: RoutingTable): string {
  const accounts = routing.accounts.filter((account) => routing.can(account, capability));
  return accounts.length > 0
    ? `${namesOf(accounts)} can`
    : `an account of ${routing.providersWith(capability).join(', ')} could`;
}

function carries(account: ProviderAccount, need: Need, routing: RoutingTable): boolean {
  const messaging = routing.messaging(account);
  if (need.template?.found.template.channel === 'SMS') return false;
  if (need.template && ![...need.template.parts].every((part) => messaging?.templateParts.has(part))) return false;
  return need.file === null || need.template !== null || messaging?.media?.[need.file.type] !== undefined;
}

function notCarried(need: Need, by: Preference, routing: RoutingTable): Problem {
  const others = routing.accounts.filter(
    (account) => routing.can(account, need.capability) && carries(account, need, routing),
  );
  const kinds = need.file ? routing.providersCarrying(need.file.type) : [];
  const could =
    others.length > 0
      ? ` ${namesOf(others)} can: name it as accountId, or set the route.`
      : kinds.length > 0
        ? ` An account of ${kinds.join(', ')} could.`
        : '';
  if (need.template) {
    const what =
      need.template.found.template.channel === 'SMS'
        ? 'an SMS template'
        : 'a template whose header or buttons take values';
    return problem(
      'UNSUPPORTED_BY_PROVIDER',
      `None of the accounts that would be used can send ${what}.${could}`,
      `${by.at}.name`,
    );
  }
  return problem(
    'UNSUPPORTED_BY_PROVIDER',
    `None of the accounts that would be used can send ${need.file?.type ?? 'it'}.${could}`,
    `${by.at}.type`,
  );
}

function takesFile(account: ProviderAccount, { file }: Need, routing: RoutingTable): boolean {
  const rule = file && routing.messaging(account)?.media?.[file.type];
  if (!file || !rule) return true;
  return (
    (file.mimeType === null || rule.mimeTypes.includes(file.mimeType)) &&
    (file.size === null || file.size <= rule.maxBytes)
  );
}

function fileRefused({ file }: Need, by: Preference, account: ProviderAccount, routing: RoutingTable): Problem {
  const rule = file && routing.messaging(account)?.media?.[file.type];
  return problem(
    'MEDIA_REJECTED',
    `The account ${account.name} takes ${rule?.mimeTypes.join(', ')} of at most ${rule?.maxBytes} bytes; this is ${file?.mimeType} of ${file?.size}.`,
    `${by.at}.mediaId`,
  );
}

function approvedAt(
  accounts: readonly ProviderAccount[],
  { registrations }: TemplateToSend,
  by: Preference,
): ProviderAccount[] | Problem {
  const known = accounts.filter((account) => registrations.some(({ accountId }) => accountId === account.id));
  if (known.length === 0) {
    return problem(
      'NO_ROUTE',
      'The template is registered at none of the accounts that would be used: say with registerTemplate what they call it, or submit it there with submitTemplate.',
      by.accountId === null ? by.at : 'accountId',
    );
  }
  const approved = known.filter((account) =>
    registrations.some((one) => one.accountId === account.id && one.status === 'APPROVED'),
  );
  if (approved.length > 0) return approved;
  const standing = registrations.find(({ accountId }) => accountId === known[0]?.id)?.status;
  return problem(
    'TEMPLATE_NOT_APPROVED',
    `The template is registered, but not approved, at the accounts that would be used: it is ${standing}.`,
    `${by.at}.name`,
  );
}

/** Of several accounts the one that closed last: there the person wrote last. */
function windowClosed(accounts: readonly ProviderAccount[], by: Preference): Problem {
  const since = accounts
    .flatMap((account) => by.closed?.(account)?.since ?? [])
    .sort((a, b) => b.getTime() - a.getTime())[0];
  return problem(
    'SESSION_WINDOW_CLOSED',
    'The person last wrote more than 24 hours ago, or never: only a template may be sent until they write again.',
    by.at,
    { retryAt: since ?? null },
  );
}
