/**
 * SendTalk on the wire: "Messages API" and "WhatsApp Verification" of TapTalk's documents and its example repository
 * (sendtalk-client-example), read in 2024; `get_status` is known from public clients alone. Types and pure mapping, both ways.
 *
 * HTTP is 200 for errors too. What came of a call is read on three levels: HTTP, the body's `status`, `data.success`.
 */
import {
  integerOf,
  millisecondsOf,
  objectOf,
  parseObject,
  textOf,
  wordsOf,
  type JsonObject,
} from '../../common/untrusted-json.js';
import { type OutboundFile, type OutboundMedia, type OutboundText } from '../ports/messaging.js';
import { type VerificationAsk, type VerificationOffer } from '../ports/verification.js';
import { readOffer } from './sendtalk.offer.js';

export const SEND_PATH = '/api/v1/message/send_whatsapp';
export const STATUS_PATH = '/api/v1/message/get_status';
export const VERIFICATION_PATH = '/api/v1/verification/create_whatsapp_verification';

/** Headers of every call, as SendTalk spells them. */
export interface SendTalkHeaders {
  'API-Key': string;
  'Content-Type': 'application/json';
}

/** Body of `POST /api/v1/message/send_whatsapp`. */
export interface SendTalkMessageRequest {
  /** Digits with the country code; the call that makes a verification says `userPhone` for it. */
  phone: string;
  /** `otp` is a text in a faster queue. */
  messageType: 'text' | 'otp' | 'image';
  /** The text, or where the file of an image is. */
  body: string;
  /** Of an image. One table of the document has `fileName`; its samples and the example repository have this. */
  filename?: string;
  /** Of an image. */
  caption?: string;
}

/** Body of `POST /api/v1/message/get_status`. */
export interface SendTalkStatusRequest {
  /** A UUID: the `id` that the send answered. */
  id: string;
}

/** Body of `POST /api/v1/verification/create_whatsapp_verification`. */
export interface SendTalkVerificationRequest {
  /** Digits with the country code; a message says `phone` for it. */
  userPhone: string;
  /** Of the text that the person sends. */
  languageCode: 'id' | 'en';
  /** Which it is without this is not documented. */
  expiryMinutes?: number;
  /** A link or an app's address, for the text. */
  appURL?: string;
}

/** Every answer. In an error `data` is `{}` in the document and `[]` in what clients have seen. */
export interface SendTalkEnvelope<Data = unknown> {
  /** 200, 400, …: an HTTP status in the body. */
  status: number;
  error: SendTalkError;
  data: Data;
}

/** All three are empty where all went well. */
export interface SendTalkError {
  /** A string of digits: `40001`, `40002`, `49103`, `40401`. */
  code: string;
  message: string;
  /** Which field of the request it is about: `phone`. */
  field: string;
}

/** Data of a message that was taken, or refused for what it is. */
export interface SendTalkMessageData {
  success: boolean;
  message: string;
  /** Empty, or `invalid_recipient`, `insufficient_balance`, `config_disabled`. */
  reason: string;
  /** A UUID; only of a message that was taken. */
  id?: string;
}

/** Data of a verification that was made, or refused. */
export interface SendTalkVerificationData {
  success: boolean;
  message: string;
  /** Empty, or `invalid_recipient`, `insufficient_balance`, `config_disabled`. */
  reason: string;
  /** Only where it was made. The document's table lists its fields without it, the sample has them in it. */
  verification?: SendTalkVerification;
}

/** What a person is shown, to send SendTalk the message. */
export interface SendTalkVerification {
  /** A UUID. */
  id: string;
  /** `https://wa.me/<SendTalk's number>?text=<waMessage>`, form-encoded with `*` as `%2A`. */
  waLink: string;
  /** With the code in it; the person must not change it. */
  waMessage: string;
  /** "QR code for the WhatsApp link"; the only sample is `"..."`, so that its form is unknown. */
  qrCode: string;
}

/** What SendTalk posts when a number is verified. That one expired or failed it does not tell. */
export interface SendTalkWebhook {
  /** That of SendTalkVerification. */
  id: string;
  /** Digits with the country code. */
  userPhone: string;
  status: 'verified';
  /** Epoch milliseconds. */
  verifiedTime: number;
}

/** Data of a message that is known. */
export interface SendTalkStatusData {
  status: SendTalkStatusWord;
  isPending: boolean;
  isSent: boolean;
  /** Epoch milliseconds. */
  sentTime: number;
  /** `IDR`. */
  currency: string;
  price: number;
  /** Epoch milliseconds. */
  createdTime: number;
}

/** `sent` and `read` have been seen, the others are likely. */
export type SendTalkStatusWord = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';

/** What the body of an answer says; null where it is no JSON object, or says neither a status nor a code. */
export interface SendTalkAnswer {
  readonly status: number | null;
  /** The code of the error, or else the reason of a refusal. */
  readonly code: string | null;
  readonly words: string | null;
  /** The field of the request that the error is about. */
  readonly field: string | null;
  /** `data.success`; null where it is missing or no boolean. */
  readonly success: boolean | null;
  readonly id: string | null;
  readonly standing: SendTalkStanding | null;
  /** What is to be shown of a verification that was made; null where the data says nothing of one, or not all. */
  readonly offer: VerificationOffer | null;
}

/** Where a message stands; null where the data says nothing of it. */
export interface SendTalkStanding {
  /** In lower case. */
  readonly word: string;
  readonly sentAt: Date | null;
}

/** The body of a text. */
export function textBody(to: string, urgent: boolean, { text: words }: OutboundText): string {
  const body: SendTalkMessageRequest = { phone: digits(to), messageType: urgent ? 'otp' : 'text', body: words };
  return JSON.stringify(body);
}

/** The body of an image, which SendTalk fetches from its link. */
export function imageBody(to: string, { file, caption }: OutboundMedia): string {
  const body: SendTalkMessageRequest = {
    phone: digits(to),
    messageType: 'image',
    body: file.link,
    filename: file.filename ?? lastOfPath(file),
    ...(caption === null ? {} : { caption }),
  };
  return JSON.stringify(body);
}

export function statusBody(id: string): string {
  return JSON.stringify({ id } satisfies SendTalkStatusRequest);
}

/** The body of a verification. */
export function verificationBody({ phone, language, expiryMinutes, appUrl }: VerificationAsk): string {
  const body: SendTalkVerificationRequest = {
    userPhone: digits(phone),
    languageCode: language,
    expiryMinutes,
    ...(appUrl === null ? {} : { appURL: appUrl }),
  };
  return JSON.stringify(body);
}

function digits(phone: string): string {
  return phone.replace(/\D/g, '');
}

/** A name for a file that has none: SendTalk wants one with every image. */
function lastOfPath({ link }: OutboundFile): string {
  const last = URL.parse(link)?.pathname.split('/').at(-1);
  return last === undefined || last === '' ? 'image' : last;
}

/** Reads the body of any answer. Never throws. */
export function readAnswer(body: Buffer): SendTalkAnswer | null {
  const value = parseObject(body);
  if (value === null) return null;
  const error = objectOf(value['error']);
  const data = objectOf(value['data']);
  const status = integerOf(value['status']);
  const code = textOf(error?.['code']) ?? textOf(data?.['reason']);
  if (status === null && code === null) return null;
  const success = data?.['success'];
  return {
    status,
    code,
    words: textOf(error?.['message']) ?? textOf(data?.['message']),
    field: textOf(error?.['field']),
    success: typeof success === 'boolean' ? success : null,
    id: textOf(data?.['id']),
    standing: data && readStanding(data),
    offer: data && readOffer(data),
  };
}

function readStanding(data: JsonObject): SendTalkStanding | null {
  // A test of one public client (sendtalk-laravel) has the word under `success`; its README has it under `status`.
  const word = textOf(data['status']) ?? wordsOf(data['success']);
  return word === null ? null : { word: word.trim().toLowerCase(), sentAt: millisecondsOf(data['sentTime']) };
}
