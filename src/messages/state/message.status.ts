/** The states of a message, as the API describes them. */
export const MESSAGE_STATUSES = {
  SCHEDULED: 'Accepted; waits for scheduledAt, or for the hours in which marketing may be sent (setQuietHours).',
  QUEUED: 'Accepted; leaves as soon as its account can take it.',
  UNCONFIRMED:
    'It was handed over but the line broke before the provider answered: it may have been sent. A callback, an inquiry or resolveMessage settles it; it is not sent again on our own, unless the provider takes a repeat of the same request as one or the caller asked for it.',
  SUBMITTED: 'The provider took it. The end where the account gives no delivery reports.',
  SENT: 'The provider sent it on to WhatsApp.',
  DELIVERED: 'It reached the person’s device.',
  READ: 'The person read it.',
  FAILED: 'It will not arrive; the problem says why.',
  CANCELED: 'It was canceled before it left.',
  EXPIRED: 'Its expiresAt passed before it left.',
  RECEIVED: 'A person wrote it to us.',
} as const;

export type MessageStatus = keyof typeof MESSAGE_STATUSES;
export type MessageDirection = 'OUTBOUND' | 'INBOUND';

/**
 * What may be observed next. Anything else is a late, repeated or reordered report and moves nothing: a message only
 * goes forward (interface.md, Message states).
 */
const NEXT: Readonly<Record<MessageStatus, readonly MessageStatus[]>> = {
  SCHEDULED: ['QUEUED', 'CANCELED', 'EXPIRED'],
  QUEUED: ['UNCONFIRMED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'CANCELED', 'EXPIRED'],
  UNCONFIRMED: ['SUBMITTED', 'SENT', 'DELIVERED', 'READ', 'FAILED'],
  SUBMITTED: ['SENT', 'DELIVERED', 'READ', 'FAILED'],
  SENT: ['DELIVERED', 'READ', 'FAILED'],
  DELIVERED: ['READ'],
  READ: [],
  FAILED: [],
  CANCELED: [],
  EXPIRED: [],
  RECEIVED: [],
};

/** Whether `to` is news for a message that is in `from`. */
export const mayBecome = (from: MessageStatus, to: MessageStatus): boolean => NEXT[from].includes(to);

/** What a person or a rule, not an observation, may send again. */
export const mayBeSentAgain = (from: MessageStatus): boolean => from === 'FAILED' || from === 'UNCONFIRMED';
