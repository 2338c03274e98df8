import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE, SECOND } from '../common/clock.js';
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
import { decide, tooLate } from './verification.decide.js';
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
const TIME_BEFORE_ANOTHER_MS = 8 * SECOND;
/** Pauses between calls that brought no answer double up to this. */
const LONGEST_PAUSE_MS = MINUTE;

/** What is wrong with the number or the input is as wrong for every other way. */
const OF_THE_INPUT: ReadonlySet<ProblemCode> = new Set(['INVALID_PHONE_NUMBER', 'INVALID_INPUT']);

/** How the search for a way ended. */
type End =
  | { readonly kind: 'begun'; readonly step: VerificationStep; readonly way: Way }
  | { readonly kind: 'unknown'; readonly waitMs: number }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What the log and the other rooms are to hear after the commit. */
interface Told {
  readonly answer: Verification | Problem;
  readonly accountIds?: readonly string[];
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
    const began = this.clock.now().getTime();
    const trail: VerificationStep[] = [];
    let end: End = { kind: 'refused', problem: NOTHING_LEFT };
    for (const [index, way] of ways.entries()) {
      const step = this.stepFor(verification, way, trail, open);
      if (way.method === 'SENDTALK') {
        const left = TIME_MS - (this.clock.now().getTime() - began);
        const outcome = await this.ask(
          verification,
          way,
          index + 1 < ways.length ? Math.min(left, TIME_BEFORE_ANOTHER_MS) : left,
        );
        if (outcome.outcome === 'accepted') {
          const { reference: providerReference, ...link } = outcome.offer;
          return this.finish(verification, aim, trail, {
            kind: 'begun',
            way,
            step: { ...step, ...link, providerReference, problem: null },
          });
        }
        const failed = { ...step, tries: step.tries + 1, problem: refusalOf(way, outcome) };
        trail.push(failed);
        this.alert(verification, way, failed.problem);
        if (OF_THE_INPUT.has(failed.problem.code))
          return this.finish(verification, aim, trail, { kind: 'refused', problem: failed.problem });
        if (outcome.outcome !== 'refused') end = { kind: 'unknown', waitMs: pauseAfter(failed.tries, outcome) };
        else if (end.kind === 'refused') end = { kind: 'refused', problem: failed.problem };
        continue;
      }
      const begun = await this.finish(verification, aim, trail, { kind: 'begun', way, step });
      if (!isProblem(begun)) return begun;
      if (way.method === 'INBOUND') return begun;
      trail.push({ ...step, problem: begun });
      if (end.kind === 'refused') end = { kind: 'refused', problem: begun };
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

  private ask(
    { phone, language, appUrl, expiresAt }: Verification,
    { account }: Extract<Way, { method: 'SENDTALK' }>,
    timeoutMs: number,
  ): Promise<VerificationOutcome> {
    const minutes = (expiresAt.getTime() - this.clock.now().getTime()) / MINUTE;
    const asked = { phone: phone ?? '', language, appUrl, expiryMinutes: Math.max(1, Math.ceil(minutes)) };
    return this.calls.make<VerificationOutcome>(
      account.id,
      async ({ verification }, signal) => verification?.start(asked, signal) ?? CANNOT,
      Math.max(1, timeoutMs),
    );
  }

  /** Writes what came of it. A Problem of a code that could not be sent is answered, and nothing is written. */
  private async finish(
    { projectId, id }: Verification,
    aim: Aim,
    trail: readonly VerificationStep[],
    end: End,
  ): Promise<Verification | Problem> {
    const { answer, accountIds = [] } = await this.database.transaction(async (sql): Promise<Told> => {
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
    if (accountIds.length > 0) this.signals.tell('messages', accountIds);
    if (end.kind === 'begun' && !isProblem(answer)) {
      countVerification('begun', end.step.method);
      const { accountId, providerReference: reference } = end.step;
      if (accountId && reference) for (const hear of this.learners) hear([{ projectId, accountId, reference }]);
    }
    return answer;
  }

  private async write(
    sql: Sql,
    row: Verification,
    aim: Aim,
    trail: readonly VerificationStep[],
    end: End,
    now: Date,
  ): Promise<Told> {
    const events: NewEvent[] = [];
    const steps = [...trail];
    let accountIds: readonly string[] = [];
    if (end.kind === 'begun') {
      const { step, way } = end;
      if (way.method === 'CODE') {
        const code = this.secrets.newCode();
        const sent = await this.accept.acceptWithin(sql, row.projectId, [codeSend(row, way.template, code)]);
        const [message] = sent.messages;
        if (!message) return { answer: codeProblem(sent.problems[0] ?? NOTHING_LEFT) };
        Object.assign(step, {
          messageId: message.id,
          accountId: message.accountId,
          secretHash: this.secrets.hash(row.id, code),
        });
        events.push(...sent.events);
        accountIds = [message.accountId];
      }
      steps.push(step);
      row.timerAt = row.expiresAt;
    }
    if (end.kind === 'unknown') row.timerAt = earlier(later(now, end.waitMs), row.expiresAt);
    for (const step of steps) await this.store.saveStep(sql, step);
    row.steps = Math.max(row.steps, ...steps.map(({ number }) => number));
    // A way that was refused after the one that is tried again is none that goes on.
    row.method = end.kind === 'unknown' ? 'SENDTALK' : (steps.at(-1)?.method ?? row.method);
    const wasTold = row.told;
    row.told = true;
    if (end.kind === 'refused' && aim === 'retry') {
      const decision = decide(row, { kind: 'refused', problem: end.problem }, now);
      Object.assign(row, { status: decision.status ?? row.status, problem: decision.problem, timerAt: null });
      events.push(verificationEvent(row, 'VERIFICATION_FAILED', now, now));
    } else if (!wasTold) events.push(verificationEvent(row, 'VERIFICATION_STARTED', now, now));
    else if (aim === 'resend' || end.kind === 'begun')
      events.push(verificationEvent(row, 'VERIFICATION_UPDATED', now, now));
    await this.store.save(sql, row);
    await this.log.append(sql, events);
    return { answer: end.kind === 'refused' ? end.problem : row, accountIds };
  }

  /** Somebody has to top up, or to turn something on: nobody else will hear of it while another way takes over. */
  private alert(
    { id: verificationId }: Verification,
    way: Extract<Way, { method: 'SENDTALK' }>,
    { code, provider }: Problem,
  ): void {
    if (OF_THE_INPUT.has(code)) return;
    const { id: accountId, kind } = way.account;
    this.logger.warn(
      { verificationId, accountId, kind, code, providerCode: provider?.code },
      'An account could not begin a verification.',
    );
  }
}

const refusalOf = (
  { account }: Extract<Way, { method: 'SENDTALK' }>,
  outcome: Exclude<Outcome, { outcome: 'accepted' }>,
): Problem => {
  const { failure } = outcome;
  const field = failure.code === 'INVALID_PHONE_NUMBER' ? 'phone' : null;
  return problemOf(account, failure, { retryable: outcome.outcome !== 'refused', field });
};

function pauseAfter(tries: number, outcome: Outcome): number {
  const asked = outcome.outcome === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(asked, Math.min(SECOND * 2 ** (tries - 1), LONGEST_PAUSE_MS));
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

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
