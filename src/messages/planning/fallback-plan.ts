import { later, MINUTE } from '../../common/clock.js';
import { isProblem, type Problem, problem } from '../../common/problem.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type MessageContent } from '../message-content.js';
import { type Message } from '../message-row.js';
import { isSms, type RidingSms, ridingSms, type SmsSurroundings, whyNotRiding } from './riding-sms.js';
import { type Fallback, PRIORITIES, type Send } from './send-input.js';

/** What a fallback takes over from the message before it. */
export type FallbackOrigin = Pick<
  Message,
  | 'projectId'
  | 'id'
  | 'person'
  | 'accountId'
  | 'fallbackOf'
  | 'expiresAt'
  | 'reference'
  | 'metadata'
  | 'priority'
  | 'resendUnconfirmed'
>;

/**
 * The send of a fallback whose rule holds. It takes `rest`, those behind it in the list, as its own, and points to the
 * first message of the line.
 */
export function fallbackSend(message: FallbackOrigin, fallback: Fallback, rest: readonly Fallback[]): Send {
  const { projectId, person, expiresAt, reference, metadata, resendUnconfirmed } = message;
  return {
    ...{ projectId, expiresAt, reference, metadata, resendUnconfirmed },
    to: person,
    content: fallback.content,
    // Without a number a person is known to the one account alone.
    accountId: fallback.accountId ?? (person.startsWith('+') ? null : message.accountId),
    replyTo: null,
    fallbacks: rest,
    scheduledAt: null,
    priority: PRIORITIES[message.priority] ?? null,
    idempotency: null,
    fallbackOf: { messageId: message.fallbackOf ?? message.id, rule: fallback.rule },
  };
}

/** The fallbacks of a message as they go with it through one account. */
export interface FallbackPlans<Plan> extends Alone<Plan> {
  /** The one that rides in the same request. */
  readonly riding: RidingSms | null;
}

interface Alone<Plan> {
  /** Those that wait for their rules, in their order. */
  readonly waiting: readonly Fallback[];
  /** Those that are sent at once, beside the message. */
  readonly beside: readonly { readonly send: Send; readonly plan: Plan }[];
}

/** The message that the fallbacks are of. */
interface Main {
  readonly origin: FallbackOrigin;
  readonly content: MessageContent;
  readonly fallbacks: readonly Fallback[];
  readonly scheduledAt: Date | null;
  /** Its fallbacks were judged when the first of the line was accepted; what is wrong with them by now does not hold it back. */
  readonly judged: boolean;
}

interface FallbackSurroundings extends SmsSurroundings {
  readonly now: Date;
}

/**
 * Plans the fallbacks of a message, for whichever account is asked about, and says what is wrong with them: each is planned
 * as if it were sent now, as nobody would be there to hear of it later. What is the same at every account is planned once.
 * `plan` plans one send. Paths in the problems are of the message's own input.
 */
export function fallbackPlanner<Plan>(
  main: Main,
  around: FallbackSurroundings,
  plan: (send: Send) => Plan | Problem,
): (account: ProviderAccount) => FallbackPlans<Plan> | Problem {
  const known = new Map<ProviderAccount, FallbackPlans<Plan> | Problem>();
  /** By the place of the one that rides. */
  const alone = new Map<number | undefined, Alone<Plan> | Problem>();
  const through = (account: ProviderAccount): FallbackPlans<Plan> | Problem => {
    const found = ridingSms(main.fallbacks, main.content, account, around);
    if (isProblem(found) && !main.judged) return found;
    const riding = isProblem(found) ? null : found;
    const places = [...main.fallbacks.keys()].filter((place) => place !== riding?.place);
    const stuck = main.judged ? null : smsProblem(main, places, riding, account, around);
    if (stuck) return stuck;
    const planned = alone.get(riding?.place) ?? planAlone(main, places, around, plan);
    alone.set(riding?.place, planned);
    if (isProblem(planned)) return planned;
    return receiptsProblem(main, places, account, around) ?? { riding, ...planned };
  };
  return (account) => {
    const plans = known.get(account) ?? through(account);
    known.set(account, plans);
    return plans;
  };
}

/** An SMS that is not behind another one that waits, beside which it could ride. */
function smsProblem(
  { fallbacks, content }: Main,
  places: readonly number[],
  riding: RidingSms | null,
  account: ProviderAccount,
  { routing }: FallbackSurroundings,
): Problem | null {
  const first = places.find((place) => !isBeside(fallbacks[place]));
  if (first === undefined || !isSms(fallbacks[first])) return null;
  return problem(
    'UNSUPPORTED_BY_PROVIDER',
    whyNotRiding(content, account, riding !== null, routing),
    `fallbacks.${first}`,
  );
}

function planAlone<Plan>(
  main: Main,
  places: readonly number[],
  { now }: FallbackSurroundings,
  plan: (send: Send) => Plan | Problem,
): Alone<Plan> | Problem {
  const at = (place: number): Fallback => main.fallbacks[place] as Fallback;
  const waiting = places.filter((place) => !isBeside(at(place)));
  if (main.judged) return { waiting: waiting.map(at), beside: [] };
  const wrong = waiting.map((place) => timeProblem(at(place), place, main, now)).find((one) => one !== null);
  if (wrong) return wrong;
  const [first, ...behind] = waiting;
  if (first !== undefined) {
    const planned = plan(fallbackSend(main.origin, at(first), behind.map(at)));
    if (isProblem(planned)) return ofFallback(planned, first, behind);
  }
  const beside: { readonly send: Send; readonly plan: Plan }[] = [];
  for (const place of places.filter((one) => isBeside(at(one)))) {
    const send = { ...fallbackSend(main.origin, at(place), []), scheduledAt: main.scheduledAt };
    const planned = plan(send);
    if (isProblem(planned)) return ofFallback(planned, place, []);
    beside.push({ send, plan: planned });
  }
  return { waiting: waiting.map(at), beside };
}

/** An SMS is sent beside nothing but a message that takes it along. */
const isBeside = (fallback: Fallback | undefined): boolean => fallback?.rule === 'ALWAYS' && !isSms(fallback);

/** Whether it waits for a receipt: what rides along later is up to its provider. */
const needsReceipts = (fallback: Fallback | undefined): boolean =>
  (fallback?.rule === 'NOT_DELIVERED' || fallback?.rule === 'NOT_READ') && !isSms(fallback);

function timeProblem(fallback: Fallback, place: number, main: Main, now: Date): Problem | null {
  if (!needsReceipts(fallback)) return null;
  const { rule, afterMinutes } = fallback;
  const field = `fallbacks.${place}.afterMinutes`;
  if (afterMinutes === null)
    return problem('INVALID_INPUT', `Say after how many minutes without a receipt ${rule} holds.`, field);
  const { scheduledAt, origin } = main;
  const leaves = scheduledAt && scheduledAt > now ? scheduledAt : now;
  if (!origin.expiresAt || later(leaves, afterMinutes * MINUTE) < origin.expiresAt) return null;
  return problem(
    'INVALID_INPUT',
    'The message’s expiresAt comes before that, so it would never be sent: give fewer minutes, or a later expiresAt.',
    field,
  );
}

/**
 * A rule that waits for receipts holds always where there are none, also when the message was read. They are those of the
 * message itself: what is sent in its place may go through any account.
 */
function receiptsProblem(
  { fallbacks, origin }: Main,
  places: readonly number[],
  account: ProviderAccount,
  { routing }: FallbackSurroundings,
): Problem | null {
  const place = places.find((one) => needsReceipts(fallbacks[one]));
  if (place === undefined || origin.fallbackOf !== null || routing.can(account, 'DELIVERY_REPORTS')) return null;
  const others = routing.accounts.filter((one) => routing.can(one, 'DELIVERY_REPORTS')).map(({ name }) => name);
  const mend =
    others.length > 0 ? `send through ${others.join(' or ')}, or use the rule FAILED` : 'use the rule FAILED';
  return problem(
    'UNSUPPORTED_BY_PROVIDER',
    `The account ${account.name} gives no receipts, so nobody would know whether ${fallbacks[place]?.rule} holds: ${mend}.`,
    `fallbacks.${place}.rule`,
  );
}

/** What is wrong with the fallback at `place`, planned with those at `behind` as its own, as the caller wrote them. */
function ofFallback(why: Problem, place: number, behind: readonly number[]): Problem {
  const { code, message, field, provider = null, retryAt = null } = why;
  const [, within, rest] = /^fallbacks\.(\d+)(.*)$/.exec(field ?? '') ?? [];
  if (within !== undefined)
    return problem(code, message, `fallbacks.${behind[Number(within)]}${rest}`, { provider, retryAt });
  // The person is the message's own: who cannot be reached through this account is known through another one.
  const inside = code === 'INVALID_PHONE_NUMBER' ? '.accountId' : field === 'to' ? '' : `.${field}`;
  return problem(code, message, `fallbacks.${place}${inside}`, { provider, retryAt });
}
