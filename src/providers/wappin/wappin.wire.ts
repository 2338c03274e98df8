/**
 * Wappin on the wire (its API document, version 1.7, December 2019). Types and pure mapping, both ways.
 *
 * The result of a call is the body's `status`, a string; the document never mentions HTTP statuses.
 */
import { referenceOf } from '../../common/http-text.js';
import { type Failure, type Observation, type Outbound, type ReportedStatus } from '../ports.js';

export const TOKEN_PATH = '/v1/token/get';
export const SEND_HSM_PATH = '/v1/message/do-send-hsm';

/** Data of a `POST /v1/token/get` that went well; its request has `Authorization: Basic` and no body. */
export interface WappinTokenData {
  /** 64 hex digits. */
  access_token: string;
  /** `YYYY-MM-DD HH:MM:SS` without a zone; read as Asia/Jakarta (UTC+7). 24 hours after the issue. */
  expired_datetime: string;
  /** The literal `access_token`, yet the scheme of the header is Bearer. */
  token_type: string;
}

/** Body of `POST /v1/message/do-send-hsm`. */
export interface WappinHsmRequest {
  client_id: string;
  project_id: string;
  /** The template's name. */
  type: string;
  /** `62…` in the samples for HSM, `08…` in those for chatbots. */
  recipient_number: string;
  /** Keys "1", "2", …; every value a string. `{}` for a template without variables. */
  params: Record<string, string>;
  /** Not in the document; other clients send it. We do not. */
  language_code?: string;
}

/** Every answer but a callback's. `data` may be missing, null, an object or an array. */
export interface WappinResponse<Data = unknown> {
  /** Like `5d366a8d54dce`; there on failures too, so its presence is not success. */
  message_id?: string;
  status: string;
  message: string;
  data?: Data | null;
}

/** What Wappin posts to the callback URL. The table and the samples of the document spell two names differently. */
export interface WappinCallback {
  message_id: string;
  client_id: string;
  client_name: string;
  project_id?: string;
  project_name?: string;
  /** The recipient, in a status callback too. */
  sender_number?: string;
  /** The samples' name: `sent`, `delivered`, `read`, `failed`; `-` for an inbound message. */
  status_messages?: string;
  /** The table's name for the same. */
  status_message?: string;
  /** `-` for a status. */
  message_content?: string;
  /** The samples' name, e.g. `PRODUCTION`. */
  environment?: string;
  /** The table's name for the same. */
  environtment?: string;
  /** Epoch seconds. */
  timestamp?: string | number;
  callback_type?: 'status' | 'message';
}

/** The only answer to a callback that Wappin takes; anything else is sent again, 3 times. */
export interface WappinCallbackReply {
  status: '000';
}

/** What the body of an answer says; null where it is no JSON object with a status. */
export interface WappinAnswer {
  /** `200`, `400`, `601`, …: a string, even when it came as a number. */
  readonly status: string;
  readonly message: string | null;
  readonly messageId: string | null;
  readonly data: unknown;
}

/** A token as we keep it. `expiresAt` is null where the answer does not say it. */
export interface WappinToken {
  readonly value: string;
  readonly expiresAt: Date | null;
}

/** The body of a template message. Ids stay strings: they have leading zeros. */
export function hsmBody(
  ids: { readonly clientId: string; readonly projectId: string },
  message: Pick<Outbound, 'to' | 'content'>,
): string {
  const body: WappinHsmRequest = {
    client_id: ids.clientId,
    project_id: ids.projectId,
    type: message.content.externalId,
    recipient_number: message.to.replace(/\D/g, ''),
    params: Object.fromEntries(message.content.params.map((value, index) => [String(index + 1), value])),
  };
  return JSON.stringify(body);
}

/** `Authorization` of the token call. */
export function basicAuthorization(clientId: string, secretKey: string): string {
  return `Basic ${Buffer.from(`${clientId}:${secretKey}`, 'utf8').toString('base64')}`;
}

/** Reads the body of any answer; null when it is not JSON, or has no status. Never throws. */
export function readAnswer(body: Buffer): WappinAnswer | null {
  const value = parseObject(body);
  const status = value && text(value['status']);
  if (!value || status === null) return null;
  return {
    status,
    message: text(value['message']),
    messageId: text(value['message_id']),
    data: value['data'],
  };
}

/** The token in an answer's `data`; null when there is none, as after "Token not expired". */
export function readToken(answer: WappinAnswer): WappinToken | null {
  const data = isObject(answer.data) ? answer.data : null;
  const value = data && text(data['access_token']);
  return data && value !== null ? { value, expiresAt: jakartaTime(text(data['expired_datetime'])) } : null;
}

const JAKARTA_OFFSET = '+07:00';

/** `2019-07-20 16:21:51` as a moment; the zone is not written and is read as Asia/Jakarta. */
export function jakartaTime(written: string | null): Date | null {
  const parts = written === null ? null : /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})$/.exec(written.trim());
  if (!parts) return null;
  const at = new Date(`${parts[1]}T${parts[2]}${JAKARTA_OFFSET}`);
  return Number.isNaN(at.getTime()) ? null : at;
}

const REPORTED: ReadonlyMap<string, ReportedStatus> = new Map([
  ['sent', 'SENT'],
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  ['failed', 'FAILED'],
]);

/** A `failed` callback gives no reason. */
const REPORTED_FAILURE: Failure = {
  code: 'PROVIDER_REJECTED',
  message: 'Wappin reported that the message failed, and gives no reason; look for it in the Wappin dashboard.',
  providerCode: null,
  providerMessage: null,
};

/** True when a body is a JSON object, the least that a callback of Wappin's is. */
export function isCallbackShaped(body: Buffer): boolean {
  return parseObject(body) !== null;
}

/** What a status callback says; nothing for an inbound message and for what cannot be read. Never throws. */
export function readCallback(body: Buffer): readonly Observation[] {
  const value = parseObject(body);
  if (!value || said(value['callback_type'])?.toLowerCase() === 'message') return [];
  // One line of the document has "message id", with a blank for the underscore.
  const reference = referenceOf(said(value['message_id']) ?? said(value['message id']));
  const written = said(value['status_messages']) ?? said(value['status_message']);
  const status = written === null ? undefined : REPORTED.get(written.toLowerCase());
  if (reference === null || !status) return [];
  return [
    {
      kind: 'status',
      reference,
      status,
      occurredAt: epochSeconds(value['timestamp']),
      recipient: e164(said(value['sender_number'])),
      failure: status === 'FAILED' ? REPORTED_FAILURE : null,
    },
  ];
}

/** The last moment a Date can hold, in seconds. */
const LAST_SECOND = 8_640_000_000_000;

function epochSeconds(value: unknown): Date | null {
  const written = said(value);
  if (written === null || !/^\d+(\.\d+)?$/.test(written)) return null;
  const seconds = Number(written);
  return seconds > 0 && seconds <= LAST_SECOND ? new Date(Math.floor(seconds * 1000)) : null;
}

/** `628989229471`, `+628989229471` and the local `08989229471` of an Indonesian number as E.164. */
function e164(written: string | null): string | null {
  const digits = written === null ? '' : written.replace(/^\+/, '').replace(/^0(?=8)/, '62');
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : null;
}

function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A callback's value; `-` stands for none there. */
function said(value: unknown): string | null {
  const written = text(value)?.trim() ?? '';
  return written === '' || written === '-' ? null : written;
}
