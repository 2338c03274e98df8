import { isIP } from 'node:net';
import { DAY, MINUTE } from '../common/clock.js';
import { uuidOf } from '../common/ids.js';
import { addressPrefix } from '../common/networks.js';
import { mobilePhone } from '../common/phone.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { type Caller } from '../projects/caller.js';
import { type IdempotencyKey, inputHash } from '../projects/idempotency-keys.js';
import { VERIFICATION_LANGUAGES, type VerificationLanguage } from '../providers/ports/verification.js';
import { type VerificationMethod } from './verification.status.js';

/** What startVerification takes, as a caller writes it. */
export interface StartInput {
  readonly phone: string;
  readonly method?: VerificationMethod | null;
  readonly accountId?: string | null;
  readonly language: string;
  readonly expiryMinutes: number;
  readonly appUrl?: string | null;
  readonly endUserIp?: string | null;
  readonly reference?: string | null;
  readonly idempotencyKey?: string | null;
}

/** A start that is well formed. */
export interface Start {
  /** E.164. */
  readonly phone: string;
  /** The country's code and four digits. */
  readonly prefix: string;
  readonly method: VerificationMethod | null;
  /** The account's UUID; `''` for an id that cannot be one. */
  readonly accountId: string | null;
  readonly language: VerificationLanguage;
  readonly expiryMinutes: number;
  readonly appUrl: string | null;
  /** The person's own address as limits count it. */
  readonly endUserAddress: string | null;
  readonly reference: string | null;
  readonly idempotency: IdempotencyKey | null;
}

const LONGEST_EXPIRY_MINUTES = DAY / MINUTE;
// interface.md, Limits.
const LONGEST_REFERENCE = 128;
const LONGEST_KEY = 255;
/** It stands in a message that a person is to send, and in its QR code. */
const LONGEST_APP_URL = 1024;
const PREFIX_DIGITS = 4;

const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);

/** Checks a start by itself, before anything is looked up. */
export function readStart(input: StartInput, caller: Pick<Caller, 'country'>): Start | Problem {
  const unstorable = unstorableAt(input);
  if (unstorable !== null) return wrong('It holds a NUL byte or half a character; take it out.', unstorable);
  const phone = readMobile(input.phone, caller.country);
  if (isProblem(phone)) return phone;
  const language = VERIFICATION_LANGUAGES.find((known) => known === input.language);
  if (language === undefined)
    return wrong(`The languages are ${VERIFICATION_LANGUAGES.join(' and ')}; choose one of them.`, 'language');
  const { expiryMinutes, appUrl = null, reference = null, idempotencyKey = null, endUserIp = null } = input;
  if (expiryMinutes < 1 || expiryMinutes > LONGEST_EXPIRY_MINUTES)
    return wrong(`It is 1 to ${LONGEST_EXPIRY_MINUTES} minutes.`, 'expiryMinutes');
  const badUrl = appUrl === null ? null : appUrlProblem(appUrl);
  if (badUrl !== null) return wrong(badUrl, 'appUrl');
  if (endUserIp !== null && isIP(endUserIp) === 0)
    return wrong(
      'It is no IP address: give the one that the person’s request came from, or leave it out.',
      'endUserIp',
    );
  if (reference !== null && (!reference || reference.length > LONGEST_REFERENCE))
    return wrong(`A reference has 1 to ${LONGEST_REFERENCE} characters.`, 'reference');
  if (idempotencyKey !== null && (!idempotencyKey || idempotencyKey.length > LONGEST_KEY))
    return wrong(`An idempotency key has 1 to ${LONGEST_KEY} characters.`, 'idempotencyKey');
  const start = {
    ...phone,
    method: input.method ?? null,
    accountId: input.accountId == null ? null : (uuidOf('acc', input.accountId) ?? ''),
    ...{ language, expiryMinutes, appUrl, reference },
    endUserAddress: endUserIp === null ? null : addressPrefix(endUserIp),
  };
  return { ...start, idempotency: idempotencyKey === null ? null : { key: idempotencyKey, hash: inputHash(start) } };
}

/** What opens no app, or shows somebody else's words to the person. */
const NO_APP: ReadonlySet<string> = new Set(['javascript:', 'vbscript:', 'data:', 'file:', 'blob:', 'about:']);

/** Why an address cannot stand in the message; null where it can. Apps have schemes of their own: myapp://login. */
function appUrlProblem(text: string): string | null {
  if (text.length > LONGEST_APP_URL) return `It has at most ${LONGEST_APP_URL} characters: it stands in the message.`;
  if (/[\s\p{Cc}]/u.test(text)) return 'It has a blank or a line break in it: it would be another message then.';
  const { protocol, username, password } = new URL(text);
  if (NO_APP.has(protocol)) return 'It opens no app and no page: give an https address, or the link of your app.';
  return username || password ? 'It has a user name or password in it; leave them out.' : null;
}

/** A number on which a person can have WhatsApp and read a message: no landline, no hotline. */
function readMobile(text: string, country: string): { readonly phone: string; readonly prefix: string } | Problem {
  const read = mobilePhone(text, country);
  if (read === 'no number') {
    return problem(
      'INVALID_PHONE_NUMBER',
      `It is no phone number: write it with its country code, as +62 878 2367 8023, or as people in ${country} dial it.`,
      'phone',
    );
  }
  if (read === 'no mobile')
    return problem('INVALID_PHONE_NUMBER', 'It is not a number of a mobile phone: give one.', 'phone');
  const { phone, countryCode } = read;
  return { phone, prefix: phone.slice(0, 1 + countryCode.length + PREFIX_DIGITS) };
}
