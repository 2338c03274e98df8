import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { type HeardFirst, type Written } from '../messages/inbound/inbound-messages.js';
import { type Send } from '../messages/planning/send-input.js';
import { codesIn } from './proof-codes.js';
import { markRefused, markVerified, MOST_REFUSALS_ANSWERED } from './proof-marks.js';
import { decide, proofDate } from './verification.decide.js';
import { VerificationSecrets } from './verification-secrets.js';
import { VerificationStore } from './verification-store.js';
import { answerText } from './verification-texts.js';

/** Who waits for the answer looks at the screen now; later it would only startle. */
const ANSWERED_WITHIN_MS = 10 * MINUTE;

interface KnownCode {
  readonly verificationId: string;
  readonly selector: string;
  readonly secretHash: Buffer | null;
}

/** Hears codes of ours in what persons write, and proves their numbers by them. */
@Injectable()
export class InboundProofs {
  private readonly logger = new Logger(InboundProofs.name);

  constructor(
    private readonly store: VerificationStore,
    private readonly secrets: VerificationSecrets,
    private readonly accept: AcceptMessages,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Takes the messages with a code of ours, inside the caller's transaction, and answers the persons. */
  async hear(sql: Sql, projectId: string, heard: readonly Written[]): Promise<HeardFirst> {
    const named = await this.named(sql, projectId, heard);
    const ids = [...new Set(named.flatMap((one) => one.verificationIds))];
    if (ids.length === 0) return { answered: new Set(), events: [], accountIds: [] };
    const verifications = await this.store.takeMany(sql, projectId, ids);
    const now = this.clock.now();
    const answered = new Set<string>();
    const events: NewEvent[] = [];
    const sends: Send[] = [];
    for (const { written, verificationIds } of named)
      for (const verification of verificationIds.flatMap((id) => verifications.get(id) ?? [])) {
        const { account, message, phone } = written;
        const at = proofDate(verification, written.at, now);
        answered.add(message.id);
        const { reason } = decide(verification, { kind: 'proof', phone, at }, now);
        this.logger.debug({ verificationId: verification.id, accountId: account.id, reason }, 'A person sent a code.');
        if (reason === null || verification.refusals < MOST_REFUSALS_ANSWERED) {
          const text = answerText(reason ?? 'VERIFIED', verification);
          sends.push(answerSend({ projectId, accountId: account.id, to: message.person, text }, now));
        }
        events.push(reason === null ? markVerified(verification, at, now) : markRefused(verification, reason, at, now));
      }
    await this.store.save(sql, ...verifications.values());
    const sent = await this.accept.acceptWithin(sql, projectId, sends);
    for (const { code, field } of sent.problems)
      this.logger.warn(`The answer to a verification was not sent: ${code} at ${field ?? '-'}.`);
    const accountIds = [...new Set(sent.messages.map(({ accountId }) => accountId))];
    return { answered, events: [...events, ...sent.events], accountIds };
  }

  /** The verifications whose codes stand in each message, where there are any. */
  private async named(
    sql: Sql,
    projectId: string,
    heard: readonly Written[],
  ): Promise<{ readonly written: Written; readonly verificationIds: readonly string[] }[]> {
    const found = heard.map((written) => ({ written, codes: codesIn(written.text ?? '') }));
    const selectors = [...new Set(found.flatMap(({ codes }) => codes.map(({ selector }) => selector)))];
    if (selectors.length === 0) return [];
    const known = Map.groupBy(await this.known(sql, projectId, selectors), ({ selector }) => selector);
    return found.map(({ written, codes }) => {
      const ids = codes.flatMap(({ selector, secret }) =>
        (known.get(selector) ?? [])
          .filter(({ verificationId, secretHash }) => this.secrets.isRight(verificationId, secret, secretHash))
          .map(({ verificationId }) => verificationId),
      );
      return { written, verificationIds: [...new Set(ids)] };
    });
  }

  private known(sql: Sql, projectId: string, selectors: readonly string[]): Promise<KnownCode[]> {
    return sql.rows<KnownCode>(
      `select s.verification_id as "verificationId", s.selector, s.secret_hash as "secretHash"
         from unnest($1::uuid[], $2::text[]) n (project_id, selector)
         join verification_steps s on s.project_id = n.project_id and s.selector = n.selector`,
      [selectors.map(() => projectId), selectors],
    );
  }
}

const answerSend = (
  {
    text,
    ...to
  }: { readonly projectId: string; readonly accountId: string; readonly to: string; readonly text: string },
  now: Date,
): Send => ({
  ...to,
  content: { kind: 'text', text },
  replyTo: null,
  fallbacks: [],
  scheduledAt: null,
  expiresAt: later(now, ANSWERED_WITHIN_MS),
  reference: null,
  metadata: null,
  priority: 'HIGH',
  resendUnconfirmed: false,
  idempotency: null,
});
