/** Every kind of event, with what it says. The API's enum and its descriptions are made from this table. */
export const EVENT_TYPES = {
  MESSAGE_SCHEDULED: 'A message was accepted and waits for its time.',
  MESSAGE_QUEUED: 'A message was accepted, or its time came: it leaves as soon as its account can take it.',
  MESSAGE_RETRIED:
    'A message is sent again: a person asked for it, or its provider takes a repeat as the same request.',
  MESSAGE_UNCONFIRMED: 'It was handed over but the answer never came: it may have been sent.',
  MESSAGE_SUBMITTED: 'The provider took it.',
  MESSAGE_SENT: 'The provider sent it on to WhatsApp.',
  MESSAGE_DELIVERED: 'It reached the person’s device.',
  MESSAGE_READ: 'The person read it.',
  MESSAGE_FAILED: 'It will not arrive; the problem says why.',
  MESSAGE_CANCELED: 'It was canceled before it left.',
  MESSAGE_EXPIRED: 'Its expiresAt passed before it left.',
  MESSAGE_RECEIVED: 'A person wrote.',
  VERIFICATION_STARTED: 'A phone number is to be proved.',
  VERIFICATION_UPDATED: 'Its link came, or another step began.',
  VERIFICATION_VERIFIED: 'The number was proved.',
  VERIFICATION_EXPIRED: 'Its time passed without a proof.',
  VERIFICATION_REFUSED:
    'What the person sent was not it; `reason` says why: EXPIRED, ANOTHER_NUMBER, USED or CLOSED (it was canceled, or had failed).',
  VERIFICATION_FAILED: 'It will not be proved any more: a wrong code too many.',
  VERIFICATION_CANCELED: 'It was taken back.',
  PAYMENT_CREATED: 'A payment is asked for.',
  PAYMENT_UPDATED:
    'Its link came, the order was sent again, its receipt could not be sent, or the rail named its transaction.',
  PAYMENT_PROCESSING: 'The person has paid, and the rail has not settled it yet.',
  PAYMENT_PAID: 'It was paid.',
  PAYMENT_FAILED: 'An attempt to pay it failed; another one may follow.',
  PAYMENT_EXPIRED: 'Its time passed.',
  PAYMENT_CANCELED: 'It was taken back.',
  PAYMENT_REFUNDED: 'It was paid back.',
  PAYMENT_FLAGGED: 'A notice that was not believed, or a second payment.',
  ORDER_STATUS_UPDATED: 'Its order moved on.',
  TEMPLATE_STATUS_CHANGED: 'A template’s registration at an account changed.',
  ACCOUNT_HEALTH_CHANGED: 'An account began or ceased to work.',
  OPT_OUT_ADDED: 'A person must not be written to any more.',
  OPT_OUT_REMOVED: 'A person may be written to again.',
  WEBHOOK_DISABLED:
    'An endpoint was switched off, for its server said that it is gone, or nothing reached it for five days.',
  WEBHOOK_TEST: 'Somebody asked for an event to try an endpoint with; it goes to that one alone.',
} as const;

export type EventType = keyof typeof EVENT_TYPES;

/** What an event is about. The log knows a kind and an id, nothing else. */
export type SubjectKind = 'message' | 'template' | 'account' | 'optOut' | 'verification' | 'payment' | 'endpoint';

/** An event on its way into the log. */
export interface NewEvent {
  readonly projectId: string;
  readonly type: EventType;
  readonly subjectKind: SubjectKind;
  readonly subjectId: string;
  /** 1, 2, 3 … among the events of the subject; counted in the subject's own row. */
  readonly sequence: number;
  /** By the provider's clock where it has one. */
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  /** What a webhook carries too; `sequence` is put in front of it. Never an outbound text or its parameters. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as the log holds it. `id` is a whole number in digits: a later event has a greater one. */
export interface LoggedEvent {
  readonly id: string;
  readonly projectId: string;
  readonly type: EventType;
  readonly subjectKind: SubjectKind;
  readonly subjectId: string;
  readonly sequence: number;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly data: Record<string, unknown>;
}

/** What an event is of, without what it says. */
export type EventHead = Pick<LoggedEvent, 'id' | 'projectId' | 'type' | 'subjectId'>;

/** An event with `data` as the JSON text that the log holds, so that what is sent of it is the same bytes each time. */
export interface WrittenEvent extends Pick<LoggedEvent, 'id' | 'type' | 'occurredAt' | 'recordedAt'> {
  readonly data: string;
}
