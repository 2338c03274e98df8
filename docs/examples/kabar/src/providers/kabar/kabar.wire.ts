/** Kabar on the wire ("Kabar API", 2024-05): template messages as JSON, and callbacks on how far they came. */
import { objectOf, parseObject, textOf } from '../../common/untrusted-json.js';
import { type OutboundTemplate } from '../ports/messaging.js';

export const SEND_PATH = '/v1/messages';
export const ACCOUNT_PATH = '/v1/account';

/** Body of `POST /v1/messages`. */
export interface KabarMessageRequest {
  /** Digits with the country code. */
  to: string;
  template: string;
  language: string;
  /** Element 0 fills {{1}}. */
  values: string[];
  /** At most 64 characters; comes back in every callback. */
  ref: string;
}

/** The answer to a message that was taken, with HTTP 202. */
export interface KabarAccepted {
  id: string;
}

/** The answer to one that was not. */
export interface KabarRefused {
  error: { code: string; message: string };
}

/** What Kabar posts to the address that is entered in its console. */
export interface KabarCallback {
  id: string;
  ref: string;
  to: string;
  status: 'sent' | 'delivered' | 'read' | 'failed';
  /** `2024-05-31T16:08:37Z` */
  at: string;
  /** Of a message that failed. */
  error?: { code: string; message: string };
}

/** What the body of an answer says; all null where it cannot be read. */
export interface KabarAnswer {
  readonly id: string | null;
  readonly code: string | null;
  readonly words: string | null;
}

/** The body of a template message. */
export function messageBody(to: string, template: OutboundTemplate, attemptId: string): string {
  const body: KabarMessageRequest = {
    to: to.replace(/\D/g, ''),
    template: template.externalId,
    language: template.language,
    values: [...template.params],
    ref: attemptId,
  };
  return JSON.stringify(body);
}

/** Reads the body of any answer. Never throws. */
export function readAnswer(body: Buffer): KabarAnswer {
  const said = parseObject(body);
  const error = objectOf(said?.['error']);
  return { id: textOf(said?.['id']), code: textOf(error?.['code']), words: textOf(error?.['message']) };
}
