import { publicId } from '../common/ids.js';
import { type EventType, type NewEvent } from '../events/event-types.js';
import { type VerificationEntity } from './verification.entity.js';
import { type VerificationStepEntity } from './verification-step.entity.js';

export type Verification = VerificationEntity;
export type VerificationStep = VerificationStepEntity;

/** Of the row `v`. */
export const VERIFICATION_COLUMNS = `v.project_id as "projectId", v.id, v.phone, v.prefix, v.method, v.status, v.told, v.language,
  v.app_url as "appUrl", v.reference, v.chosen_method as "chosenMethod", v.chosen_account as "chosenAccount",
  v.api_key_id as "apiKeyId", v.end_user_address as "endUserAddress", v.steps, v.checks_left as "checksLeft", v.sends,
  v.sent_at as "sentAt", v.refusals, v.problem, v.timer_at as "timerAt", v.sequence, v.expires_at as "expiresAt",
  v.verified_at as "verifiedAt", v.created_at as "createdAt"`;

/** Of the row `s`. */
export const STEP_COLUMNS = `s.project_id as "projectId", s.verification_id as "verificationId", s.number, s.method,
  s.account_id as "accountId", s.message_id as "messageId", s.provider_reference as "providerReference", s.selector,
  s.secret_hash as "secretHash", s.wa_link as "waLink", s.wa_message as "waMessage", s.qr_code as "qrCode", s.tries, s.problem,
  s.started_at as "startedAt"`;

/** When the timer looks at one that is settled: at once where a code was sent, which is to be forgotten. */
export const timerAfterEnd = ({ method }: Pick<Verification, 'method'>, now: Date): Date | null =>
  method === 'CODE' ? now : null;

/** Why what a person sent proved nothing; said in the event. CLOSED: it was canceled, or had failed. */
export type RefusalReason = 'EXPIRED' | 'ANOTHER_NUMBER' | 'USED' | 'CLOSED';

/** The event of a change (interface.md, The log). Counts it in the row, which the caller writes. */
export function verificationEvent(
  verification: Verification,
  type: Extract<EventType, `VERIFICATION_${string}`>,
  occurredAt: Date,
  recordedAt: Date,
  reason: RefusalReason | null = null,
): NewEvent {
  verification.sequence++;
  const { id, projectId, method, phone, status, reference, sequence } = verification;
  return {
    ...{ projectId, type, sequence, occurredAt, recordedAt },
    ...{ subjectKind: 'verification', subjectId: id },
    data: {
      verification: { id: publicId('ver', id), method, phone, status, reference },
      ...(reason !== null && { reason }),
    },
  };
}
