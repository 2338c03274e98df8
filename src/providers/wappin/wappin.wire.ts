/**
 * Wappin on the wire (its API document, version 1.7, December 2019). Types and pure mapping, both ways.
 *
 * The result of a call is the body's `status`, a string; the document never mentions HTTP statuses.
 */
import { objectOf, parseObject, textOf } from '../../common/untrusted-json.js';
import { type OutboundTemplate } from '../ports/messaging.js';

export const TOKEN_PATH = '/v1/token/get';
export const SEND_HSM_PATH = '/v1/message/do-send-hsm';
export const SEND_TEXT_PATH = '/v1/message/do-send';
export const SEND_MEDIA_PATH = '/v1/message/do-send-media';
/** The document writes this one and the next without the first slash. */
export const INQUIRY_PATH = '/v1/message/inquiry';
export const NUMBER_CHECKER_PATH = '/v1/phone/number-checker';

/** Data of a `POST /v1/token/get` that went well; its request has `Authorization: Basic` and no body. */
export interface WappinTokenData {
  /** 64 hex digits. */
  access_token: string;
  /** `YYYY-MM-DD HH:MM:SS` without a zone; read as Asia/Jakarta (UTC+7). 24 hours after the issue. */
  expired_datetime: string;
  /** The literal `access_token`, yet the scheme of the header is Bearer. */
  token_type: string;
}

/** Whose message it is. Ids stay strings: they have leading zeros. */
export interface WappinIds {
  client_id: string;
  project_id: string;
}

/** Values by their placeholders' numbers: keys "1", "2", …; every value a string. `{}` where there are none. */
export type WappinParams = Record<string, string>;

/** Body of `POST /v1/message/do-send-hsm`. */
export interface WappinHsmRequest extends WappinIds {
  /** The template's name. */
  type: string;
  /** `62…` in the samples for HSM, `08…` in those for chatbots. */
  recipient_number: string;
  params: WappinParams;
  /** Not in the document; other clients send it. We do not. */
  language_code?: string;
  /** With the next two: an SMS rides along, by the rule that the dashboard has. */
  channel?: 'sms';
  /** The name of the template of the SMS. */
  content?: string;
  params_sms?: WappinParams;
}

/** Body of `POST /v1/message/do-send`. */
export interface WappinTextRequest extends WappinIds {
  message_content: string;
  recipient_number: string;
}

/** Fields of `POST /v1/message/do-send-media`, beside the file `media`. */
export interface WappinMediaRequest extends WappinIds {
  recipient_number: string;
  media_type: 'image' | 'document' | 'audio';
  /** Images and documents only. */
  caption?: string;
}

/** Body of `POST /v1/message/inquiry`: no ids but the message's. */
export interface WappinInquiryRequest {
  message_id: string;
}

/** Body of `POST /v1/phone/number-checker`. */
export interface WappinNumberRequest extends WappinIds {
  phone_number: string;
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

/** The body of a template message, with its SMS where it has one. */
export function hsmRequest(ids: WappinIds, to: string, template: OutboundTemplate): WappinHsmRequest {
  const { sms } = template;
  return {
    ...ids,
    type: template.externalId,
    recipient_number: recipientNumber(to),
    params: paramsOf(template.params),
    ...(sms && { channel: 'sms', content: sms.externalId, params_sms: paramsOf(sms.params) }),
  };
}

/** The body of a text in a session. */
export function textRequest(ids: WappinIds, to: string, text: string): WappinTextRequest {
  return { ...ids, message_content: text, recipient_number: recipientNumber(to) };
}

function paramsOf(values: readonly string[]): WappinParams {
  return Object.fromEntries(values.map((value, index) => [String(index + 1), value]));
}

/** The form with the country code and without a plus. */
export function recipientNumber(to: string): string {
  return to.replace(/\D/g, '');
}

/** Reads the body of any answer; null when it is not JSON, or has no status. Never throws. */
export function readAnswer(body: Buffer): WappinAnswer | null {
  const value = parseObject(body);
  const status = textOf(value?.['status']);
  if (value === null || status === null) return null;
  return {
    status,
    message: textOf(value['message']),
    messageId: textOf(value['message_id']),
    data: value['data'],
  };
}

/** The token in an answer's `data`; null when there is none, as after "Token not expired". */
export function readToken(answer: WappinAnswer): WappinToken | null {
  const data = objectOf(answer.data);
  const value = textOf(data?.['access_token']);
  return value === null ? null : { value, expiresAt: jakartaTime(textOf(data?.['expired_datetime'])) };
}

const JAKARTA_OFFSET = '+07:00';

/** `2019-07-20 16:21:51` as a moment; the zone is not written and is read as Asia/Jakarta. */
export function jakartaTime(written: string | null): Date | null {
  const parts = written === null ? null : /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})$/.exec(written.trim());
  if (!parts) return null;
  const at = new Date(`${parts[1]}T${parts[2]}${JAKARTA_OFFSET}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
