import { newId } from '../../common/ids.js';
import { isProblem, type Problem, problem } from '../../common/problem.js';
import { type QuietHours } from '../../projects/quiet-hours.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type TemplateCategory } from '../../providers/ports/templates.js';
import { type RoutingTable } from '../../providers/routing.service.js';
import { type TemplateToSend } from '../../templates/templates.service.js';
import { chosenOf, judgeAccounts, type Verdict } from './account-choice.js';
import { type FallbackOrigin, fallbackPlanner, type FallbackPlans } from './fallback-plan.js';
import { type Windows } from '../inbound/conversations.service.js';
import { type MessageContent } from '../message-content.js';
import { forbids, type OptOutScope } from '../opt-outs.service.js';
import { contentOf, type KnownFile, type Said } from './planned-content.js';
import { mayLeaveAt } from './quiet-hours.js';
import { type Fallback, PRIORITIES, type Priority, type Send } from './send-input.js';
import { type SendTemplate } from './send-content.js';

/** What a send is planned against: one reading of the project for a whole batch. */
export interface Surroundings {
  readonly templates: readonly TemplateToSend[];
  readonly routing: RoutingTable;
  /** By number, or the provider's own id of a person. */
  readonly optOuts: ReadonlyMap<string, OptOutScope>;
  /** Uploads by UUID. */
  readonly files: ReadonlyMap<string, KnownFile>;
  readonly windows: Windows;
  /** The accounts of the messages that are answered, by their UUIDs. */
  readonly quoted: ReadonlyMap<string, { readonly accountId: string }>;
  /** When MARKETING may be sent, by the recipient's clock; null: at any time. */
  readonly quiet: QuietHours | null;
  readonly now: Date;
}

export interface Plan {
  readonly messageId: string;
  readonly account: ProviderAccount;
  /** All accounts that may take it, in their order, `account` among them; null where there is no other one. */
  readonly route: readonly string[] | null;
  /** E.164, else the provider's own id of the person. */
  readonly person: string;
  readonly recipientId: string | null;
  readonly content: MessageContent;
  readonly priority: number;
  /** Held by the quiet hours until then. */
  readonly notBefore: Date | null;
  /** The other ways to reach the person that wait for their rules, in their order. */
  readonly waiting: readonly Fallback[];
  /** Those that are sent at once, beside it. */
  readonly beside: readonly { readonly send: Send; readonly plan: Plan }[];
}

/** A send as it was judged: its plan, and what was found of each account on the way to it. */
export interface Judged {
  /** E.164, else the provider's own id of the person. */
  readonly person: string;
  readonly content: MessageContent;
  readonly priority: Priority;
  /** Of the accounts that come into question, in their order; none where the person is in the way and no account. */
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan | Problem;
}

const PRIORITY_OF: Readonly<Record<TemplateCategory, Priority>> = {
  AUTHENTICATION: 'HIGH',
  UTILITY: 'NORMAL',
  MARKETING: 'LOW',
};

/** Decides how a send would leave, or says why it cannot. Pure: nothing is stored or called. */
export function planSend(send: Send, around: Surroundings): Plan | Problem {
  const judged = judgeSend(send, around);
  return isProblem(judged) ? judged : judged.plan;
}

/** The same, with all that was found of the accounts; a Problem where it is not known what would be said. Pure. */
export function judgeSend(send: Send, around: Surroundings): Judged | Problem {
  // One that is sent in the place of another: its own fallbacks were judged with that one.
  return judge(send, around, send.fallbackOf !== undefined);
}

function judge(send: Send, around: Surroundings, fallbacksJudged: boolean): Judged | Problem {
  if (send.replyTo !== null && !around.quoted.has(send.replyTo))
    return problem('NOT_FOUND', 'No message of that id exists in this project.', 'replyTo');
  const said = contentOf(send.content, around);
  if (isProblem(said)) return said;
  const { content, template } = said;
  const isNumber = send.to.startsWith('+');
  // Without a number the account is named; nobody can be written to there whom it has not heard.
  const acquaintance = isNumber ? undefined : around.windows.find(send.accountId ?? '', send.to);
  const person = acquaintance?.person ?? send.to;
  const priority = send.priority ?? (template ? PRIORITY_OF[template.template.category] : 'NORMAL');
  const judged = { person, content, priority };
  // Before any account is looked for: no other way to write would be right either.
  if (around.optOuts.get(send.to) === 'ALL') return { ...judged, verdicts: [], plan: OPTED_OUT };
  const messageId = newId();
  const fallbacks =
    send.fallbacks.length === 0
      ? noFallbacks
      : fallbackPlanner<Plan>(
          {
            origin: originOf(send, messageId, person, priority),
            ...{ content, fallbacks: send.fallbacks, scheduledAt: send.scheduledAt, judged: fallbacksJudged },
          },
          around,
          (fallback) => {
            const one = judge(fallback, around, false);
            return isProblem(one) ? one : one.plan;
          },
        );
  const stranger = !isNumber && !acquaintance;
  const { verdicts, problem: inTheWay } = judgeAccounts(
    said.need,
    {
      accountId: send.accountId,
      first: send.replyTo === null ? null : around.quoted.get(send.replyTo)?.accountId,
      at: `content.${send.content.kind}`,
      closed: (account) => {
        // A template may be sent to anybody at any time.
        const windowed = !template && !stranger && around.routing.can(account, 'INBOUND');
        return windowed ? around.windows.closed(account, send.to, around.now) : null;
      },
      rules: [
        () => (stranger ? STRANGER : null),
        (account) => optOutProblem(send, account, template, around),
        (account) => (send.content.kind === 'template' ? lintProblem(send.content, account, around) : null),
        (account) => problemIn(fallbacks(account)),
      ],
    },
    around.routing,
  );
  if (inTheWay) {
    const plan = template ? withOtherLanguages(inTheWay, template, around) : inTheWay;
    return { ...judged, verdicts, plan };
  }
  const fitting = verdicts.filter(({ refusal }) => refusal === null).map(({ account }) => account);
  const plan = planThrough(send, said, person, fitting, (account) => fallbacks(account) as FallbackPlans<Plan>, around);
  return { ...judged, verdicts, plan: { ...plan, messageId, priority: PRIORITIES.indexOf(priority) } };
}

const NONE: FallbackPlans<Plan> = { riding: null, waiting: [], beside: [] };
const noFallbacks = (): FallbackPlans<Plan> => NONE;

/** What the fallbacks of a send will know of its message. */
function originOf(send: Send, id: string, person: string, priority: Priority): FallbackOrigin {
  const { projectId, accountId, expiresAt, reference, metadata, resendUnconfirmed } = send;
  return {
    ...{ projectId, id, person, expiresAt, reference, metadata, resendUnconfirmed },
    // Asked for only where the person has no number, and then it is named.
    accountId: accountId ?? '',
    fallbackOf: send.fallbackOf?.messageId ?? null,
    priority: PRIORITIES.indexOf(priority),
  };
}

/** What is planned of a send that these accounts can take, each with the fallbacks that go with it there. */
function planThrough(
  send: Send,
  { content, template }: Said,
  person: string,
  fitting: readonly ProviderAccount[],
  fallbacks: (account: ProviderAccount) => FallbackPlans<Plan>,
  around: Surroundings,
): Omit<Plan, 'messageId' | 'priority'> {
  // Where an SMS can ride, the first account that takes it along, before one that cannot.
  const carrying = fitting.filter((account) => fallbacks(account).riding);
  const account = chosenOf(carrying.length > 0 ? carrying : fitting) as ProviderAccount;
  const { riding, waiting, beside } = fallbacks(account);
  // The content is stored as it goes through the chosen one: another one must take that SMS too.
  const route = fitting.filter((other) => fallbacks(other).riding?.place === riding?.place);
  const known = around.windows.find(account.id, send.to);
  return {
    account,
    route: send.accountId === null && route.length > 1 ? route.map(({ id }) => id) : null,
    person,
    recipientId: known?.recipientId ?? (send.to.startsWith('+') ? null : send.to),
    content: riding && content.kind === 'template' ? { ...content, sms: riding.sms } : content,
    notBefore: quietUntil(send, person, template && categoryAt(account, template), around),
    waiting,
    beside,
  };
}

const OPTED_OUT = problem(
  'RECIPIENT_OPTED_OUT',
  'The person asked not to be written to; optIn takes that back when they agree again.',
  'to',
);
const STRANGER = problem(
  'INVALID_PHONE_NUMBER',
  'It is neither a phone number nor the recipientId of somebody who wrote to this account.',
  'to',
);

const problemIn = (value: unknown): Problem | null => (isProblem(value) ? value : null);

/** A person who is known by a number and by an id may have opted out under either. */
function optOutProblem(
  { to }: Send,
  account: ProviderAccount,
  template: TemplateToSend | null,
  { optOuts, windows }: Surroundings,
): Problem | null {
  const known = windows.find(account.id, to);
  const scope = optOuts.get(known?.person ?? to) ?? optOuts.get(known?.recipientId ?? to);
  return forbids(scope, template && categoryAt(account, template)) ? OPTED_OUT : null;
}

/** Until when the project's quiet hours hold it: they hold MARKETING alone. */
function quietUntil(
  { scheduledAt }: Send,
  person: string,
  category: TemplateCategory | null,
  { quiet, now }: Surroundings,
): Date | null {
  if (category !== 'MARKETING') return null;
  return mayLeaveAt(person, quiet, scheduledAt && scheduledAt > now ? scheduledAt : now);
}

/** The asked language is not sent in, but another one may be: that is for the caller to choose. */
function withOtherLanguages(why: Problem, { template }: TemplateToSend, around: Surroundings): Problem {
  const ofItself = !why.field?.startsWith('fallbacks');
  if (!ofItself || (why.code !== 'TEMPLATE_NOT_APPROVED' && why.code !== 'NO_ROUTE')) return why;
  const { name, channel } = template;
  const others = around.templates.filter(
    (other) =>
      other.template !== template &&
      other.template.name === name &&
      other.template.channel === channel &&
      other.registrations.some((one) => one.status === 'APPROVED' && around.routing.account(one.accountId)),
  );
  const languages = others.map((other) => other.template.language).join(', ');
  return languages === '' ? why : problem(why.code, `${why.message} In ${languages} it is approved.`, why.field);
}

/** As the account has it: Meta moves templates to another category on its own. */
function categoryAt(account: ProviderAccount, { template, registrations }: TemplateToSend): TemplateCategory {
  return registrations.find(({ accountId }) => accountId === account.id)?.category ?? template.category;
}

/** The first value that the provider would refuse. */
function lintProblem(asked: SendTemplate, account: ProviderAccount, { routing }: Surroundings): Problem | null {
  const messaging = routing.messaging(account);
  const values = [
    ...asked.params.map((value, index) => ({ value, at: `params.${index}` })),
    ...asked.headerParams.map((value, index) => ({ value, at: `headerParams.${index}` })),
    ...asked.buttonParams.map(({ value }, index) => ({ value, at: `buttonParams.${index}.value` })),
  ];
  for (const { value, at } of values) {
    const wrong = messaging?.lint?.(value);
    if (wrong != null) return problem('INVALID_INPUT', wrong, `content.template.${at}`);
  }
  return null;
}
