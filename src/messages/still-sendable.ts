import { type Failure, type Outcome } from '../providers/ports/outcome.js';
import { type TemplateCategory, type TemplateStatus } from '../providers/ports/templates.js';
import { closesAt } from './inbound/conversations.service.js';
import { type Message } from './message-row.js';
import { forbids, type OptOutScope } from './opt-outs.service.js';

/** What may have changed between a message's acceptance and its turn: it may have waited for days. */
export interface Since {
  /** Of the template at the account; null where it is registered there no more. */
  readonly registrationStatus: TemplateStatus | null;
  readonly category: TemplateCategory | null;
  /** What the person said meanwhile. */
  readonly optedOut: OptOutScope | null;
  /** When the person last wrote to the account; null where that was never heard. */
  readonly heardAt: Date | null;
}

/**
 * Why a message must not leave any more although it was accepted; null when it may. The same rules as when it was
 * accepted (send-planner.ts), for a campaign or a schedule outlives a person's STOP and a template's pause. Pure.
 */
export function stoppedSince(message: Pick<Message, 'content'> & Since, now: Date): Outcome | null {
  const { content, registrationStatus, category, optedOut, heardAt } = message;
  if (forbids(optedOut, category))
    return refused('RECIPIENT_OPTED_OUT', 'The person asked not to be written to while the message waited.');
  if (content.kind === 'template') {
    return registrationStatus === null || registrationStatus === 'APPROVED'
      ? null
      : refused('TEMPLATE_NOT_APPROVED', `The template is ${registrationStatus} at the account by now.`);
  }
  return heardAt !== null && closesAt(heardAt) < now
    ? refused('SESSION_WINDOW_CLOSED', 'The 24 hours after the person’s last message passed while this one waited.')
    : null;
}

const refused = (code: Failure['code'], message: string): Outcome => ({
  outcome: 'refused',
  failure: { code, message, providerCode: null, providerMessage: null },
});
