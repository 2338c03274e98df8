import { type Problem, problem } from '../../common/problem.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type Capability } from '../../providers/capability.js';
import { type MediaType, type TemplatePart } from '../../providers/ports/messaging.js';
import { type RoutingTable } from '../../providers/routing.service.js';
import { type TemplateToSend } from '../../templates/templates.service.js';
import { type MessageContent } from '../message-content.js';

/** What an account must be able to do to carry a content. */
export interface Need {
  readonly capability: Capability;
  /** A template must be registered and approved there, and these of its parts carried. */
  readonly template: {
    readonly found: TemplateToSend;
    readonly parts: ReadonlySet<TemplatePart>;
    /** Its button opens an order's details. */
    readonly order?: true;
  } | null;
  /** The file that it is, or the picture above an order. Null in it where nobody has looked: a link's. */
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
  /** Of an account through which a person cannot be written to freely any more: since when, where that is known. */
  readonly closed?: (account: ProviderAccount) => { readonly since: Date | null } | null;
  /** What else is asked of an account, judged in this order when it can carry the content: why it is not met there. */
  readonly rules?: readonly ((account: ProviderAccount) => Problem | null)[];
}

/** What is found of one account. */
export interface Verdict {
  readonly account: ProviderAccount;
  /** Why it cannot take it, as a sentence; null where it can. */
  readonly refusal: string | null;
}

export interface Considered {
  /** Of those that come into question, in the order in which they are tried. */
  readonly verdicts: readonly Verdict[];
  /** What is in the way where none can take it: that of the accounts that came furthest. */
  readonly problem: Problem | null;
}

/** One of the conditions that an account meets or not, in the order in which they are judged. */
interface Step {
  /** Why the account does not come past it; null where it does. */
  stops(account: ProviderAccount): string | null;
  /** What is answered when no account comes past it. `stopped` came this far, in their order. */
  problem(stopped: readonly [ProviderAccount, ...ProviderAccount[]]): Problem;
}

const CAPABILITY: Readonly<Record<Exclude<MessageContent['kind'], 'unknown'>, Capability>> = {
  template: 'TEMPLATE',
  text: 'TEXT',
  media: 'MEDIA',
  interactive: 'INTERACTIVE',
  order: 'ORDER_DETAILS',
  orderStatus: 'ORDER_STATUS',
};

/** The capability that carries a kind of content. */
export const capabilityFor = (kind: Exclude<MessageContent['kind'], 'unknown'>): Capability => CAPABILITY[kind];

const WHAT: Readonly<Partial<Record<Capability, string>>> = {
  TEMPLATE: 'templates',
  TEXT: 'free text',
  MEDIA: 'media',
  INTERACTIVE: 'buttons and lists',
  ORDER_DETAILS: 'orders',
  ORDER_STATUS: 'the state of an order',
};

const namesOf = (accounts: readonly ProviderAccount[]): string => accounts.map(({ name }) => name).join(', ');

/**
 * Of accounts that can all take it the first that works; else the first that pauses for its failures; else the first, in
 * whose queue it waits until it is mended or let go.
 */
export function chosenOf(fitting: readonly ProviderAccount[]): ProviderAccount | undefined {
  const works = ({ enabled, health }: ProviderAccount): boolean =>
    enabled && (health === 'HEALTHY' || health === 'UNKNOWN');
  return fitting.find(works) ?? fitting.find(({ enabled, health }) => enabled && health === 'DEGRADED') ?? fitting[0];
}

/** Judges every account that comes into question. */
export function judgeAccounts(need: Need, by: Preference, routing: RoutingTable): Considered {
  const candidates = candidatesFor(need, by, routing);
  if (!Array.isArray(candidates)) return { verdicts: [], problem: candidates };
  const steps = stepsFor(need, by, routing);
  const judged = candidates.map((account) => judge(account, steps));
  const furthest = Math.max(...judged.map(({ passed }) => passed));
  const [first, ...others] = judged.filter(({ passed }) => passed === furthest).map(({ account }) => account);
  return { verdicts: judged, problem: (first && steps[furthest]?.problem([first, ...others])) ?? null };
}

function judge(account: ProviderAccount, steps: readonly Step[]): Verdict & { readonly passed: number } {
  for (const [passed, step] of steps.entries()) {
    const refusal = step.stops(account);
    if (refusal !== null) return { account, refusal, passed };
  }
  return { account, refusal: null, passed: steps.length };
}

function stepsFor(need: Need, by: Preference, routing: RoutingTable): Step[] {
  const found = need.template?.found;
  return [
    { stops: (account) => whyNotCarried(account, need, routing), problem: () => notCarried(need, by, routing) },
    {
      stops: (account) => (takesFile(account, need, routing) ? null : `It ${fileRule(account, need, routing)}`),
      problem: ([first]) =>
        problem(
          'MEDIA_REJECTED',
          `The account ${first.name} ${fileRule(first, need, routing)}`,
          `${fileAt(need, by)}.mediaId`,
        ),
    },
    ...(found ? [registered(found, by), approved(found, by)] : []),
    {
      stops: (account) => whyClosed(by.closed?.(account) ?? null),
      problem: (stopped) => windowClosed(stopped, by),
    },
    ...(by.rules ?? []).map((rule): Step => ({
      stops: (account) => rule(account)?.message ?? null,
      problem: ([first]) => rule(first) as Problem,
    })),
  ];
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

function whyNotCarried(account: ProviderAccount, need: Need, routing: RoutingTable): string | null {
  const messaging = routing.messaging(account);
  if (need.template?.found.template.channel === 'SMS') return 'It sends no SMS as a message of its own.';
  if (need.template && ![...need.template.parts].every((part) => messaging?.templateParts.has(part)))
    return 'It sends no template whose header or buttons take values.';
  if (need.template?.order && !messaging?.carries.has('order')) return 'It sends no template with an order.';
  const carries = need.file === null || need.template !== null || messaging?.media?.[need.file.type] !== undefined;
  return carries ? null : `It cannot send ${need.file?.type}.`;
}

function notCarried(need: Need, by: Preference, routing: RoutingTable): Problem {
  const others = routing.accounts.filter(
    (account) => routing.can(account, need.capability) && whyNotCarried(account, need, routing) === null,
  );
  const kinds = need.file ? routing.providersCarrying(need.file.type) : [];
  const could =
    others.length > 0
      ? ` ${namesOf(others)} can: name it as accountId, or set the route.`
      : kinds.length > 0
        ? ` An account of ${kinds.join(', ')} could.`
        : '';
  if (need.template) {
    return problem(
      'UNSUPPORTED_BY_PROVIDER',
      `None of the accounts that would be used can send ${whatOf(need.template)}.${could}`,
      `${by.at}.name`,
    );
  }
  return problem(
    'UNSUPPORTED_BY_PROVIDER',
    `None of the accounts that would be used can send ${need.file?.type ?? 'it'}.${could}`,
    `${fileAt(need, by)}.type`,
  );
}

/** Of a template that is not carried: what of it is not. */
function whatOf({ found, order }: NonNullable<Need['template']>): string {
  if (found.template.channel === 'SMS') return 'an SMS template';
  return order ? 'a template with an order' : 'a template whose header or buttons take values';
}

/** Where in the input the file stands. */
const fileAt = ({ capability }: Need, { at }: Preference): string =>
  capability === 'ORDER_DETAILS' ? `${at}.headerImage` : at;

function takesFile(account: ProviderAccount, { file }: Need, routing: RoutingTable): boolean {
  const rule = file && routing.messaging(account)?.media?.[file.type];
  if (!file || !rule) return true;
  return (
    (file.mimeType === null || rule.mimeTypes.includes(file.mimeType)) &&
    (file.size === null || file.size <= rule.maxBytes)
  );
}

function fileRule(account: ProviderAccount, { file }: Need, routing: RoutingTable): string {
  const rule = file && routing.messaging(account)?.media?.[file.type];
  return `takes ${rule?.mimeTypes.join(', ')} of at most ${rule?.maxBytes} bytes; this is ${file?.mimeType} of ${file?.size}.`;
}

function registered({ registrations }: TemplateToSend, by: Preference): Step {
  return {
    stops: ({ id }) =>
      registrations.some(({ accountId }) => accountId === id) ? null : 'The template is not registered there.',
    problem: () =>
      problem(
        'NO_ROUTE',
        'The template is registered at none of the accounts that would be used: say with registerTemplate what they call it, or submit it there with submitTemplate.',
        by.accountId === null ? by.at : 'accountId',
      ),
  };
}

function approved({ registrations }: TemplateToSend, by: Preference): Step {
  const standing = ({ id }: ProviderAccount): string | undefined =>
    registrations.find(({ accountId }) => accountId === id)?.status;
  return {
    stops: (account) =>
      standing(account) === 'APPROVED' ? null : `The template is ${standing(account)} there, not APPROVED.`,
    problem: ([first]) =>
      problem(
        'TEMPLATE_NOT_APPROVED',
        `The template is registered, but not approved, at the accounts that would be used: it is ${standing(first)}.`,
        `${by.at}.name`,
      ),
  };
}

function whyClosed(closed: { readonly since: Date | null } | null): string | null {
  if (!closed) return null;
  return closed.since
    ? `The person last wrote to it more than 24 hours ago: since ${closed.since.toISOString()} only a template may be sent.`
    : 'The person never wrote to it, so only a template may be sent.';
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
