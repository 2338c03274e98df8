import { problem, type Problem } from '../common/problem.js';
import { type Send } from '../messages/planning/send-input.js';
import { type Template } from '../templates/templates.service.js';
import { type Verification } from './verification-row.js';

/** The message that carries a code: at once, again where nobody knows whether it left, and never after the expiry. */
export function codeSend(verification: Verification, { name, language }: Template, code: string): Send {
  return {
    projectId: verification.projectId,
    to: verification.phone ?? '',
    content: {
      ...{ kind: 'template', name, language, channel: 'WHATSAPP', params: [code], secret: true },
      ...{ headerParams: [], headerMedia: null, buttonParams: [] },
    },
    accountId: verification.chosenAccount,
    expiresAt: verification.expiresAt,
    priority: 'HIGH',
    resendUnconfirmed: true,
    ...{ replyTo: null, fallbacks: [], scheduledAt: null, reference: null, metadata: null, idempotency: null },
  };
}

/** Why it cannot be sent, as the caller of a verification reads it: the input of the message is none of his. */
export const codeProblem = ({ code, message, field, provider, retryAt }: Problem): Problem =>
  problem(code, message, field === 'to' ? 'phone' : null, { provider, retryAt });
