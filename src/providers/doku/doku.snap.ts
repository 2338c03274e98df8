/** DOKU's notices of SNAP at the door: the token that we gave, the signature, and no more of the format than is needed. */
import { createHmac, hash } from 'node:crypto';
import { isSameSecret } from '../../common/same-secret.js';
import { parseObject, type JsonObject } from '../../common/untrusted-json.js';
import { type Admission, type RawRequest } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { type SnapVirtualAccountReply } from './doku.payments.wire.js';
import { idOf } from './doku.reports.js';
import { DEBIT, VIRTUAL_ACCOUNT, snapShapeOf, type SnapShape } from './doku.snap-notices.js';
import {
  INVALID_TOKEN,
  SUCCESSFUL,
  UNAUTHORIZED,
  invalidFormat,
  missingField,
  snapRefusal,
  snapReply,
  type SnapCase,
} from './doku.snap-reply.js';
import { tokenIn } from './doku.snap-token.js';

export type NoticeService = '25' | '56';

const EXPECTED: Readonly<Record<NoticeService, SnapShape>> = { 25: VIRTUAL_ACCOUNT, 56: DEBIT };

/**
 * Admits a notice on a topic of SNAP; `path` is our address as DOKU calls it. Refused are a token, a signature and a format
 * alone: whether the order is known, and its amount right, is found later, and DOKU is answered success all the same.
 */
export function admitSnapNotice(
  account: Account,
  request: RawRequest,
  path: string,
  service: NoticeService,
  now: Date,
): Admission {
  const refuse = (told: SnapCase, reason: string): Admission => snapRefusal(service, told, now, reason);
  const { clientId, secretKey } = account.credentials;
  if (!clientId || !secretKey) return refuse(UNAUTHORIZED, 'an account without credentials');
  const token = tokenIn(request.headers['authorization'], account, now);
  if (token === null) return refuse(INVALID_TOKEN, 'a bearer token that is not ours or has expired, or none');
  if (request.headers['x-partner-id'] !== clientId) return refuse(UNAUTHORIZED, 'another X-PARTNER-ID, or none');
  const proven = provenBy(request, path, token, secretKey);
  if (proven === null) return refuse(UNAUTHORIZED, 'a wrong X-SIGNATURE, or none');
  const body = parseObject(request.body);
  if (!body) return refuse(invalidFormat(), 'not a JSON object');
  // Of another shape, as SNAP's notice of QRIS may be, it is kept as it is.
  const shape = snapShapeOf(body) ?? (Object.keys(body).length === 0 ? EXPECTED[service] : null);
  const flaw = shape && flawOf(body, shape);
  if (flaw) return refuse(flaw, flaw.message);
  const more = shape === VIRTUAL_ACCOUNT ? { body: virtualAccountData(body) } : {};
  // What was paid is read from the body, so what it is answered is the body's too; the topic is where somebody entered it.
  const answered = shape === VIRTUAL_ACCOUNT ? '25' : shape === DEBIT ? '56' : service;
  return { verdict: 'keep', proven, reply: snapReply(answered, SUCCESSFUL, now, more) };
}

/**
 * By which form of the signature a request is genuine; null where by none. DOKU's texts and its own code differ: the token in
 * it is that of the request or, as found against its sandbox, none; it is base64 in its SDK and hex in an example; and the
 * body is signed minified, which it is already where DOKU sends it so. All are compared, whichever is the right one. The
 * SDK's other way, without any blank even inside values, is not among them: two bodies would have one signature.
 */
export function provenBy(request: RawRequest, path: string, token: string, secretKey: string): string | null {
  const timestamp = request.headers['x-timestamp'] ?? '';
  const given = request.headers['x-signature'] ?? '';
  const minified = minifiedOf(request.body);
  const bodies = [
    { body: 'raw bytes', hashed: hash('sha256', request.body, 'hex') },
    ...(minified === null ? [] : [{ body: 'minified', hashed: hash('sha256', minified, 'hex') }]),
  ];
  const tokens = [
    { tokenPart: 'bearer token', written: token },
    { tokenPart: 'empty token', written: '' },
  ];
  const matching: string[] = [];
  for (const { tokenPart, written } of tokens) {
    for (const encoding of ['base64', 'hex'] as const) {
      for (const { body, hashed } of bodies) {
        const text = `POST:${path}:${written}:${hashed}:${timestamp}`;
        const expected = createHmac('sha512', secretKey).update(text).digest(encoding);
        if (isSameSecret(given, expected)) matching.push(`${tokenPart}, ${encoding}, ${body}`);
      }
    }
  }
  return matching[0] ?? null;
}

/** The body's JSON without the blanks between its parts; null where it is none, or too deep to be written. */
function minifiedOf(body: Buffer): string | null {
  try {
    return JSON.stringify(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}

/** What a body lacks to say anything of a payment; null where it lacks nothing. */
function flawOf(body: JsonObject, { needed }: SnapShape): SnapCase | null {
  for (const field of needed) {
    const value = body[field];
    if (value === undefined || value === null || value === '') return missingField(field);
    if (idOf(value) === null) return invalidFormat(field);
  }
  return null;
}

const ECHOED = [
  'partnerServiceId',
  'customerNo',
  'virtualAccountNo',
  'virtualAccountName',
  'paymentRequestId',
] as const satisfies (keyof SnapVirtualAccountReply['virtualAccountData'])[];

/** What DOKU wants to hear again, as it said it. */
function virtualAccountData(body: JsonObject): Pick<SnapVirtualAccountReply, 'virtualAccountData'> {
  const said = ECHOED.map((field) => [field, body[field]] as const).filter(([, value]) => typeof value === 'string');
  return { virtualAccountData: Object.fromEntries(said) };
}
