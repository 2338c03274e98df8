/**
 * The token that DOKU asks from us before it sends a notice of SNAP ("Get Token B2B"). Nothing is kept of one: its MAC tells
 * any process of ours that it is of this account, and until when.
 */
import { createHmac, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { isSameSecret } from '../../common/same-secret.js';
import { parseObject } from '../../common/untrusted-json.js';
import { type Admission, type RawRequest } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { type SnapTokenReply, type SnapTokenRequest } from './doku.payments.wire.js';
import {
  SUCCESSFUL,
  UNAUTHORIZED,
  invalidFormat,
  missingField,
  snapRefusal,
  snapReply,
  type SnapCase,
} from './doku.snap-reply.js';

const LIFETIME_S = 900;

const GRANT = 'client_credentials' satisfies SnapTokenRequest['grantType'];

/** Answers a request for a token. An old one that is sent again gets a token too, which opens nothing without the secret key. */
export function admitTokenRequest(account: Account, request: RawRequest, now: Date): Admission {
  const refuse = (told: SnapCase, reason: string): Admission => snapRefusal('73', told, now, reason);
  const { clientId, secretKey, dokuPublicKey } = account.credentials;
  if (!clientId || !secretKey) return refuse(UNAUTHORIZED, 'an account without credentials');
  if (!dokuPublicKey) return refuse(UNAUTHORIZED, "SNAP, and the account has no dokuPublicKey: copy DOKU's into it");
  if (request.headers['x-client-key'] !== clientId) return refuse(UNAUTHORIZED, 'another X-CLIENT-KEY, or none');
  const signed = `${clientId}|${request.headers['x-timestamp'] ?? ''}`;
  if (!isSignedBy(dokuPublicKey, signed, request.headers['x-signature'] ?? '')) {
    return refuse(UNAUTHORIZED, 'an X-SIGNATURE that is not of dokuPublicKey, or none');
  }
  const body = parseObject(request.body);
  if (!body) return refuse(invalidFormat(), 'not a JSON object');
  const grant = body['grantType'];
  if (grant === undefined || grant === null || grant === '') return refuse(missingField('grantType'), 'no grantType');
  if (grant !== GRANT) return refuse(invalidFormat('grantType'), 'another grantType');
  const given: Omit<SnapTokenReply, 'responseCode' | 'responseMessage'> = {
    accessToken: issueToken(account, now),
    tokenType: 'Bearer',
    expiresIn: LIFETIME_S,
    additionalInfo: '',
  };
  const headers = { 'X-CLIENT-KEY': clientId };
  return { verdict: 'answer', reply: snapReply('73', SUCCESSFUL, now, { body: given, headers }) };
}

/** SHA256withRSA in base64, in the one way of writing it. */
function isSignedBy(publicKey: string, text: string, given: string): boolean {
  const signature = Buffer.from(given, 'base64');
  if (signature.toString('base64') !== given) return false;
  try {
    return verify('sha256', Buffer.from(text), createPublicKey(publicKey), signature);
  } catch {
    // A key that was stored before keys were looked at.
    return false;
  }
}

function issueToken(account: Account, now: Date): string {
  const expiresAt = now.getTime() + LIFETIME_S * 1000;
  const claim = `${expiresAt.toString(36)}.${randomBytes(16).toString('base64url')}`;
  return `${claim}.${macOf(account, claim)}`;
}

/** The token of an Authorization header, without the word before it; null where it is none of ours, or too old. */
export function tokenIn(authorization: string | undefined, account: Account, now: Date): string | null {
  const token = /^Bearer +([\w.-]+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const [, claim, expiresAt, mac] = /^(([0-9a-z]{1,10})\.[\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (!claim || !expiresAt || !mac || !isSameSecret(mac, macOf(account, claim))) return null;
  return now.getTime() < Number.parseInt(expiresAt, 36) ? token : null;
}

/** The key is the account's own: no other one's tokens are taken, and a new secret key ends those of the old one. */
function macOf({ id, credentials }: Account, claim: string): string {
  const { clientId = '', secretKey = '' } = credentials;
  const key = hkdfSync('sha256', secretKey, '', `SNAP access token ${id} ${clientId}`, 32);
  return createHmac('sha256', Buffer.from(key)).update(claim).digest('base64url');
}
