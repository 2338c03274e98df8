import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, earlier, later, MINUTE, SECOND } from '../common/clock.js';
import { isProblem, type Problem, problem, type ProblemCode } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { type LearntReference } from '../messages/message-progress.js';
import { AccountCalls } from '../providers/account-calls.service.js';
import { problemOf } from '../providers/accounts.service.js';
import { type Outcome } from '../providers/ports/outcome.js';
import { type VerificationOutcome } from '../providers/ports/verification.js';
import { codeProblem, codeSend } from './code-message.js';
import { countVerification } from './verification-metrics.js';
import { decide, PROOF_GRACE_MS, tooLate } from './verification.decide.js';
import { type Verification, verificationEvent, type VerificationStep } from './verification-row.js';
import { VerificationSecrets } from './verification-secrets.js';
import { VerificationStore } from './verification-store.js';
import { inboundText, waLinkOf } from './verification-texts.js';
import { type Way } from './verification-ways.js';

/** What a step is begun for: somebody starts, or wants it sent again, or a call that brought no answer is made again. */
export type Aim = 'start' | 'resend' | 'retry';

/** A caller waits for at most 15 s (interface.md, Answered at once or later); the rest is for the database. */
const TIME_MS = 14 * SECOND;
/** Where there is another way nobody waits so long for the first. */
const TIME_BEFORE_ANOTHER_MS = 5 * SECOND;
/** Pauses between calls that brought no answer double up to this: a person waits. */
const LONGEST_PAUSE_MS = 15 * SECOND;

/** What is wrong with the number or the input is as wrong for every other way. */
const OF_THE_INPUT: ReadonlySet<ProblemCode> = new Set(['INVALID_PHONE_NUMBER', 'INVALID_INPUT']);

type ProviderWay = Extract<Way, { method: 'SENDTALK' }>;

/** A step from which a person has, or may have, something to prove their number by. */
type Begun = { readonly kind: 'begun'; readonly step: VerificationStep; readonly way: Way };

/** What came of one way. */
type Tried =
  | Begun
  | { readonly kind: 'refused'; readonly step: VerificationStep }
  | { readonly kind: 'unknown'; readonly step: VerificationStep; readonly waitMs: number };

/** How the search for a way ended. */
type End =
  | Begun
  | { readonly kind: 'unknown'; readonly waitMs: number }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What was written. */
interface Told {
  readonly answer: Verification | Problem;
  readonly begun?: VerificationStep;
}

/**
 * Begins steps of a verification: tries one way after the other until a person has something to prove their number by. No
 * transaction is open during a call to a provider; what comes of all of it is written at once.
 */
@Injectable()
export class PursueVerification {
  private readonly logger = new Logger(PursueVerification.name);
  private readonly learners: ((references: readonly LearntReference[]) => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly store: VerificationStore,
    private readonly secrets: VerificationSecrets,
    private readonly calls: AccountCalls,
    private readonly accept: AcceptMessages,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Calls `hear`, after the commit, with the providers' ids that were just learnt: callbacks may wait for them. */
  onLearnt(hear: (references: readonly LearntReference[]) => void): void {
    this.learners.push(hear);
  }

  /**
   * The verification with its new step, or without a link where no provider answered: that is tried again. A Problem where
   * every way was refused; at its start it is gone then.
   * @param open steps whose calls brought no answer, and are made again
   */
  async pursue(
    verification: Verification,
    ways: readonly Way[],
    aim: Aim,
    open: readonly VerificationStep[] = [],
  ): Promise<Verification | Problem> {
    const until = this.clock.now().getTime() + TIME_MS;
    const trail: VerificationStep[] = [];
    let end: End = { kind: 'refused', problem: NOTHING_LEFT };
    for (const [index, way] of ways.entries()) {
      const step = this.stepFor(verification, way, trail, open);
      const left = until - this.clock.now().getTime();
      const timeMs = index + 1 < ways.length ? Math.min(left, TIME_BEFORE_ANOTHER_MS) : left;
      const tried = way.method === 'SENDTALK' ? await this.ask(verification, way, step, timeMs) : begun(step, way);
      const told = tried.kind === 'begun' ? await this.finish(verification, aim, trail, tried) : null;
      // A code that cannot be sent leaves the turn to the next way, as a refusal does.
      const refusal = told !== null && isProblem(told) && way.method === 'CODE' ? told : null;
      if (told !== null && refusal === null) return told;
      const problem = refusal ?? tried.step.problem ?? NOTHING_LEFT;
      trail.push({ ...tried.step, problem });
      if (OF_THE_INPUT.has(problem.code)) return this.finish(verification, aim, trail, { kind: 'refused', problem });
      if (tried.kind === 'unknown') end = { kind: 'unknown', waitMs: tried.waitMs };
      else if (end.kind === 'refused') end = { kind: 'refused', problem };
    }
    return this.finish(verification, aim, trail, end);
  }

  private stepFor(
    { projectId, id, steps, expiresAt, phone, language, appUrl }: Verification,
    way: Way,
    trail: readonly VerificationStep[],
    open: readonly VerificationStep[],
  ): VerificationStep {
    const again = way.method === 'SENDTALK' && open.find(({ accountId }) => accountId === way.account.id);
    if (again) return again;
    const fresh = trail.filter(({ number }) => number > steps).length;
    const step: VerificationStep = {
      ...{ projectId, verificationId: id, number: steps + fresh + 1, method: way.method, startedAt: this.clock.now() },
      ...{ accountId: null, messageId: null, providerReference: null, selector: null, secretHash: null },
      ...{ waLink: null, waMessage: null, qrCode: null, tries: 0, problem: null },
    };
    if (way.method === 'CODE') return step;
    step.accountId = way.account.id;
    if (way.method === 'SENDTALK') return step;
    const { selector, secret } = this.secrets.newInboundCode();
    const waMessage = inboundText({ language, phone: phone ?? '', code: selector + secret, expiresAt, appUrl });
    const secretHash = this.secrets.hash(id, secret);
    return { ...step, selector, secretHash, waMessage, waLink: waLinkOf(way.number, waMessage) };
  }

  private async ask(
    verification: Verification,
    way: ProviderWay,
    step: VerificationStep,
    timeMs: number,
  ): Promise<Tried> {
    const { phone, language, appUrl, expiresAt } = verification;
    // Whole minutes that are not over before ours: who sends within what the text promises must not come too late.
    const leftMs = expiresAt.getTime() - this.clock.now().getTime() + PROOF_GRACE_MS;
    const asked = { phone: phone ?? '', language, appUrl, expiryMinutes: Math.max(1, Math.floor(leftMs / MINUTE)) };
    const outcome = await this.calls.make<VerificationOutcome>(
      way.account.id,
      async ({ verification: port }, signal) => port?.start(asked, signal) ?? CANNOT,
      Math.max(1, timeMs),
    );
    if (outcome.outcome === 'accepted') {
      const { reference: providerReference, ...link } = outcome.offer;
      return begun({ ...step, ...link, providerReference, problem: null }, way);
    }
    const failed = { ...step, tries: step.tries + 1, problem: problemIn(way, outcome) };
    // Once, and not for every call that is made again.
    if (outcome.outcome === 'refused' || step.tries === 0) this.alert(verification, way, failed.problem);
    if (outcome.outcome === 'refused') return { kind: 'refused', step: failed };
    return { kind: 'unknown', step: failed, waitMs: pauseAfter(failed.tries, outcome) };
  }

  /** Writes what came of it. A Problem of a code that could not be sent is answered, and nothing is written. */
  private async finish(
    { projectId, id }: Verification,
    aim: Aim,
    trail: readonly VerificationStep[],
    end: End,
  ): Promise<Verification | Problem> {
    const { answer, begun } = await this.database.transaction(async (sql): Promise<Told> => {
      const now = this.clock.now();
      const row = await this.store.take(sql, projectId, id);
      if (!row) return { answer: GAVE_UP };
      // Somebody canceled it meanwhile, or its proof came by an earlier step.
      if (row.status !== 'PENDING' || row.expiresAt <= now)
        return { answer: aim === 'retry' ? row : tooLate(row, now) };
      if (end.kind === 'refused' && aim === 'start') {
        await this.store.remove(sql, projectId, id);
        return { answer: end.problem };
      }
      return this.write(sql, row, aim, trail, end, now);
    });
    this.signals.tell('verifications', [id]);
    this.log.announce();
    if (begun) this.tell(begun);
    return answer;
  }

  /** Wakes who waits for the step: the queue of its message, and callbacks that named it before we knew it. */
  private tell(step: VerificationStep): void {
    const { projectId, verificationId, method, accountId, messageId, providerReference: reference } = step;
    countVerification('begun', method);
    this.logger.debug({ verificationId, method, accountId }, 'A step of a verification began.');
    if (accountId && messageId) this.signals.tell('messages', [accountId]);
    if (accountId && reference) for (const hear of this.learners) hear([{ projectId, accountId, reference }]);
  }

  private async write(
    sql: Sql,
    row: Verification,
    aim: Aim,
    trail: readonly VerificationStep[],
    end: End,
    now: Date,
  ): Promise<Told> {
    const sent = end.kind === 'begun' && end.way.method === 'CODE' ? await this.sendCode(sql, row, end) : [];
    if (isProblem(sent)) return { answer: sent };
    const steps = end.kind === 'begun' ? [...trail, end.step] : trail;
    for (const step of steps) await this.store.saveStep(sql, step);
    row.steps = Math.max(row.steps, ...steps.map(({ number }) => number));
    // Where all were refused what was begun before goes on, with its link and its calls.
    if (end.kind === 'begun') Object.assign(row, { method: end.step.method, timerAt: row.expiresAt });
    if (end.kind === 'unknown')
      Object.assign(row, { method: 'SENDTALK', timerAt: earlier(later(now, end.waitMs), row.expiresAt) });
    if (end.kind === 'refused' && aim === 'retry') row.timerAt = row.expiresAt;
    const wasTold = row.told;
    row.told = true;
    const events = [...sent];
    if (end.kind === 'refused' && aim === 'retry' && !(await this.hasProof(sql, row))) {
      const { status, problem } = decide(row, { kind: 'refused', problem: end.problem }, now);
      Object.assign(row, { status: status ?? row.status, problem, timerAt: null });
      events.push(verificationEvent(row, 'VERIFICATION_FAILED', now, now));
      countVerification('failed', row.method);
    } else if (!wasTold) events.push(verificationEvent(row, 'VERIFICATION_STARTED', now, now));
    else if (end.kind !== 'unknown' || aim === 'resend')
      events.push(verificationEvent(row, 'VERIFICATION_UPDATED', now, now));
    await this.store.save(sql, row);
    await this.log.append(sql, events);
    if (end.kind === 'refused') return { answer: end.problem };
    return end.kind === 'begun' ? { answer: row, begun: end.step } : { answer: row };
  }

  /** Accepts the message with a new code, which from here on is known by its hash alone. */
  private async sendCode(sql: Sql, row: Verification, { step, way }: Begun): Promise<NewEvent[] | Problem> {
    if (way.method !== 'CODE') return [];
    const code = this.secrets.newCode();
    const { messages, events, problems } = await this.accept.acceptWithin(sql, row.projectId, [
      codeSend(row, way.template, code),
    ]);
    const [message] = messages;
    if (!message) return codeProblem(problems[0] ?? NOTHING_LEFT);
    const secretHash = this.secrets.hash(row.id, code);
    Object.assign(step, { messageId: message.id, accountId: message.accountId, secretHash });
    return events;
  }

  /** Whether a person was given something before by which it may still be proved. */
  private async hasProof(sql: Sql, { projectId, id }: Verification): Promise<boolean> {
    const steps = await this.store.stepsOf(sql, projectId, id);
    return steps.some(({ providerReference, secretHash }) => providerReference !== null || secretHash !== null);
  }

  /** Somebody has to top up, or to turn something on: nobody else will hear of it while another way takes over. */
  private alert({ id: verificationId }: Verification, way: ProviderWay, { code, provider }: Problem): void {
    if (OF_THE_INPUT.has(code)) return;
    const { id: accountId, kind } = way.account;
    this.logger.warn(
      { verificationId, accountId, kind, code, providerCode: provider?.code },
      'An account could not begin a verification.',
    );
  }
}

const begun = (step: VerificationStep, way: Way): Begun => ({ kind: 'begun', step, way });

const problemIn = ({ account }: ProviderWay, outcome: Exclude<Outcome, { outcome: 'accepted' }>): Problem => {
  const { failure } = outcome;
  const field = failure.code === 'INVALID_PHONE_NUMBER' ? 'phone' : null;
  return problemOf(account, failure, { retryable: outcome.outcome !== 'refused', field });
};

function pauseAfter(tries: number, outcome: Outcome): number {
  const asked = outcome.outcome === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(asked, Math.min(SECOND * 2 ** (tries - 1), LONGEST_PAUSE_MS));
}

const CANNOT: VerificationOutcome = {
  outcome: 'refused',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'The account does not prove numbers.',
    providerCode: null,
    providerMessage: null,
  },
};
const NOTHING_LEFT = problem('NO_ROUTE', 'No way to prove the number is left.');
const GAVE_UP = problem('PROVIDER_UNAVAILABLE', 'It took too long to begin, and nothing came of it: start again.');
