/**
 * DOKU PAYCHAT on the wire: "Send WhatsApp Message" of DOKU's PAYCHAT page; and how any of DOKU's answers says that
 * something went wrong. Types and pure mapping, both ways; nothing here calls out or asks the time.
 */
import { arrayOf, objectOf, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type OutboundTemplate } from '../ports/messaging.js';

/** The path that is called and, without host and query, the Request-Target that is signed. */
export const PAYCHAT_TARGET = '/message-as-a-service/v1/whatsapp/messages';

/** Body of `POST /message-as-a-service/v1/whatsapp/messages`. */
export interface PaychatRequest {
  /** Opaque. The page says 10 characters, its own example `TMP-240223-07652` has 16. */
  templateId: string;
  /** Element 0 fills {{1}}; empty for a template without variables. */
  params: string[];
  /** Digits, at most 20: `6287823678023`; the page's own example has the local form, `087823678023`. */
  destinationPhone: string;
}

/** The answer to a message that was taken. */
export interface PaychatSubmitted {
  status: 'submitted';
  /** A UUID. */
  messageId: string;
}

/** The answer to one that was not; only `invalid_signature` is documented, as code and as type. */
export interface PaychatError {
  error: { code: string; message: string; type: string };
}

/** The body of a template message, compact; the text that is signed is the text that is sent. */
export function paychatBody(to: string, template: Pick<OutboundTemplate, 'externalId' | 'params'>): string {
  const body: PaychatRequest = {
    templateId: template.externalId,
    params: [...template.params],
    destinationPhone: digits(to),
  };
  return JSON.stringify(body);
}

/** A number as DOKU takes it: the country code first, without its plus. */
export const digits = (phone: string): string => phone.replace(/\D/g, '');

/** What DOKU says went wrong, in its own code and words. */
export interface DokuFault {
  readonly code: string | null;
  readonly words: string | null;
}

/** Reads the three forms in which DOKU's answers say that something went wrong; null where none is there. */
export function readFault(body: JsonObject | null): DokuFault | null {
  if (body === null) return null;
  const error = body['error'];
  if (error != null) {
    const said = objectOf(error);
    // The only documented error has the same value in `code` and `type`, so the one stands in for the other.
    if (said) return { code: textOf(said['code']) ?? textOf(said['type']), words: textOf(said['message']) };
    return { code: null, words: textOf(error) };
  }
  // Checkout: {"error_messages":["order.invoice_number must be filled"]}
  const messages = arrayOf(body['error_messages'])
    .map(textOf)
    .filter((each) => each !== null);
  if (messages.length > 0) return { code: null, words: messages.join('; ') };
  // The newer glossary: {"status":"FAILED","response_code":…}
  if (textOf(body['status'])?.toUpperCase() !== 'FAILED') return null;
  return { code: textOf(body['response_code']), words: textOf(body['response_message']) ?? textOf(body['message']) };
}
