import { type Behaviour, type Refusal, type SimulatedKind } from './behaviour.js';

/** +62 812 0000 …: then `0` (always) or `1` (the first try of each message only), then the three digits of the table. */
export const MAGIC_PREFIX = '628120000';

export interface MagicRecipient {
  readonly what: string;
  /** A provider that is not named takes the message as any other. */
  readonly DOKU?: Behaviour;
  readonly WAPPIN?: Behaviour;
}

const refused = (http: number, code: string | null, message: string): Refusal => ({ http, code, message });
/** A code of DOKU's; `remembered`: the service itself had the request, so the Request-Id is used up (idempotency rule). */
const doku = (http: number, code: string, remembered = true): Behaviour => ({
  refuse: refused(http, code, code.replaceAll('_', ' ')),
  remembered,
});
/** A code of Wappin's own, which travels in the body of an HTTP 200. */
const wappin = (code: string, message: string): Behaviour => ({ refuse: refused(200, code, message) });
const proxy = (http: number): Behaviour => ({ refuse: refused(http, null, 'the proxy in front answers') });
const both = (what: string, behaviour: Behaviour): MagicRecipient => ({ what, DOKU: behaviour, WAPPIN: behaviour });
const reported = (what: string, callbacks: Behaviour['callbacks']): MagicRecipient => ({ what, WAPPIN: { callbacks } });

/** By the last three digits. The same names serve as `as` of a fault. */
export const MAGIC_RECIPIENTS: Readonly<Record<string, MagicRecipient>> = {
  '400': {
    what: 'DOKU 400 invalid_parameter; Wappin 400 Error no input received',
    DOKU: doku(400, 'invalid_parameter'),
    WAPPIN: wappin('400', 'Error no input received'),
  },
  '401': {
    what: 'DOKU 401 invalid_signature; Wappin 401 Invalid credential',
    DOKU: doku(401, 'invalid_signature', false),
    WAPPIN: wappin('401', 'Invalid credential'),
  },
  '403': { what: 'DOKU 403 invalid_client_id', DOKU: doku(403, 'invalid_client_id', false) },
  '404': {
    what: 'DOKU 404 template_not_found; Wappin 404 API Notification Template not found or inactive',
    DOKU: doku(404, 'template_not_found'),
    WAPPIN: wappin('404', 'API Notification Template not found or inactive'),
  },
  '405': { what: 'Wappin 404 Content Template SMS not found', WAPPIN: wappin('404', 'Content Template SMS not found') },
  '406': { what: 'Wappin 406 Auth not recognize', WAPPIN: wappin('406', 'Auth not recognize') },
  '407': { what: 'Wappin 407 IP Address not allowed', WAPPIN: wappin('407', 'IP Address not allowed') },
  '409': {
    what: 'DOKU 409 that repeats the refusal of an earlier request under this Request-Id: nothing was sent, it is used up',
    DOKU: { ...doku(409, 'internal_server_error') },
  },
  '410': {
    what: 'Wappin 400 Project ID or Client ID cannot be process.',
    WAPPIN: wappin('400', 'Project ID or Client ID cannot be process.'),
  },
  '412': { what: 'Wappin 400 params sms count do not match', WAPPIN: wappin('400', 'params sms count do not match') },
  '419': {
    what: 'Wappin 419, only for production projects; carries a message_id although nothing is sent',
    WAPPIN: wappin(
      '419',
      'Sorry, the API Send Message can only be used for projects with production status. Please try API Sending Message using Sandbox - Send Session Message.',
    ),
  },
  '422': {
    what: 'DOKU 400 invalid_params; Wappin 400 Message param count do not match',
    DOKU: doku(400, 'invalid_params'),
    WAPPIN: wappin('400', 'Message param count do not match'),
  },
  '429': {
    what: 'DOKU 429 too_many_requests; Wappin HTTP 429 without JSON',
    DOKU: doku(429, 'too_many_requests', false),
    WAPPIN: proxy(429),
  },
  '500': {
    what: 'DOKU 500 internal_server_error; Wappin HTTP 500 without JSON; nothing sent, a repeat is a new try',
    DOKU: doku(500, 'internal_server_error', false),
    WAPPIN: proxy(500),
  },
  '502': both('HTTP 502 of a proxy, nothing sent', proxy(502)),
  '503': both('HTTP 503 of a proxy, nothing sent', proxy(503)),
  '504': both('HTTP 504 of a proxy, nothing sent', proxy(504)),
  '510': {
    what: 'DOKU 500 that uses up the Request-Id: a repeat gets it again with 409',
    DOKU: doku(500, 'internal_server_error'),
  },
  '514': both('HTTP 504 of a proxy, and the message goes out', { ...proxy(504), sent: true }),
  '520': both('HTTP 500 of a proxy, and the message goes out', { ...proxy(500), sent: true }),
  '601': { what: 'Wappin 601 Contact invalid', WAPPIN: wappin('601', 'Contact invalid') },
  '605': { what: 'Wappin 605 Upload Media Failed', WAPPIN: wappin('605', 'Upload Media Failed') },
  '700': { what: 'Wappin 700 Error from vendor', WAPPIN: wappin('700', 'Error from vendor') },

  '800': reported('No callbacks; an inquiry shows sent, delivered, read', { posted: false }),
  '801': reported('sent, then failed', { statuses: ['sent', 'failed'] }),
  '802': reported('failed at once', { statuses: ['failed'] }),
  '803': reported('Late: the first after 10 s, then 10 s apart', { firstAfterMs: 10_000, betweenMs: 10_000 }),
  '804': reported('Each callback three times', { times: 3 }),
  '805': reported('Reordered: read, delivered, sent', { statuses: ['read', 'delivered', 'sent'] }),
  '806': reported('Early: sent, delivered and read before the answer', { beforeAnswer: true }),
  '807': reported("The field table's spelling: status_message, environtment", { spelling: 'table' }),
  '808': reported('sent, delivered, never read', { statuses: ['sent', 'delivered'] }),
  '809': reported('sent, then nothing more', { statuses: ['sent'] }),
  '810': reported('failed after delivered, which is to be ignored', { statuses: ['sent', 'delivered', 'failed'] }),
  '811': reported('Callbacks with a bearer token that is not ours', { wrongToken: true }),
  '812': reported('Nothing is ever heard again, an inquiry shows nothing', { statuses: [] }),
  '813': reported('read alone: sent and delivered are skipped', { statuses: ['read'] }),

  '900': both('Answered after 3 s', { delayMs: 3_000 }),
  '901': both('Answered after 20 s', { delayMs: 20_000 }),
  '902': both('Line dropped without an answer, the message goes out; DOKU answers a repeat with 409 and its id', {
    line: 'dropped',
  }),
  '903': both('Line dropped without an answer, nothing sent', { line: 'dropped', sent: false }),
  '904': both('Answer cut in the middle, the message goes out', { line: 'cut' }),
  '905': both('HTTP 200 that is no JSON, the message goes out', { answer: 'html' }),
  '906': both('Success with neither error nor message id, the message goes out', { answer: 'empty' }),
  '908': both('As 902, and DOKU drops the repeats too', { line: 'dropped', repeatsToo: true }),
};

/** What a number asks for, by its digits with the country code first; undefined for ordinary people. */
export function magicOf(
  kind: SimulatedKind,
  recipient: string,
): { readonly behaviour: Behaviour; readonly firstTryOnly: boolean } | undefined {
  if (recipient.length !== 13 || !recipient.startsWith(MAGIC_PREFIX)) return undefined;
  const when = recipient[9];
  if (when !== '0' && when !== '1') return undefined;
  const behaviour = MAGIC_RECIPIENTS[recipient.slice(10)]?.[kind];
  return behaviour && { behaviour, firstTryOnly: when === '1' };
}
