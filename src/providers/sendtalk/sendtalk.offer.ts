/** What SendTalk offers a person who is to prove a number, in an answer of which nothing is sure. Pure. */
import { referenceOf } from '../../common/http-text.js';
import { readUuid } from '../../common/ids.js';
import { unstorableAt } from '../../common/text.js';
import { objectOf, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type VerificationOffer } from '../ports/verification.js';

/** Far more than the link of a message, or its text, has: the document's sample has 400 and 340 characters. */
const LONGEST_TEXT = 8 * 1024;
/** A picture of a link has some kilobytes. */
const LONGEST_PICTURE = 100 * 1024;

/** The offer in the data of an answer; null where it lacks its id, its link or its message. */
export function readOffer(data: JsonObject): VerificationOffer | null {
  // The table of "WhatsApp Verification" (TapTalk's documents, 2023) has these fields beside `success`, its sample one
  // level further in.
  const made: JsonObject = { ...data, ...objectOf(data['verification']) };
  const reference = verificationIdOf(made['id']);
  const waLink = wordsAsWritten(made['waLink']);
  const waMessage = wordsAsWritten(made['waMessage']);
  if (reference === null || waLink === null || waMessage === null || !isWebLink(waLink)) return null;
  return { reference, waLink, waMessage, qrCode: pictureOf(made['qrCode']) };
}

/** SendTalk's id of a verification, by which its webhook is matched: a UUID in small letters, anything else as it is. */
export function verificationIdOf(value: unknown): string | null {
  const written = textOf(value);
  return written && (readUuid(written) ?? referenceOf(written));
}

/** Mended, the message would be another one than SendTalk waits for. */
function wordsAsWritten(value: unknown): string | null {
  const written = textOf(value);
  return written === null || written.length > LONGEST_TEXT || unstorableAt(written) !== null ? null : written;
}

/** A person opens it: nothing but a web page, and nothing that a browser would read otherwise than it is written. */
function isWebLink(text: string): boolean {
  return /^https:\/\/[^\s\p{Cc}]+$/iu.test(text) && URL.canParse(text);
}

/** The signature of a PNG, in base64. */
const PNG = 'iVBORw0KGgo';

/**
 * What SendTalk gives as `qrCode`, as the source of a picture. The document shows "..." alone, so that it may be a data:
 * URL, a bare PNG in base64 or an address; null is for all that does not hold the picture itself.
 */
function pictureOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > LONGEST_PICTURE) return null;
  if (value.startsWith(PNG)) return isBase64(value) ? `data:image/png;base64,${value}` : null;
  const [, encoding, content = ''] = DATA_URL.exec(value) ?? [];
  if (encoding) return isBase64(content) ? value : null;
  return isUrlText(content) ? value : null;
}

const DATA_URL = /^data:image\/(?:png|svg\+xml)(?:;(?!base64,)[\w-]+(?:=[\w-]+)?)*(;base64)?,(.*)$/i;

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/** The characters of a URL (RFC 3986, 2): neither blanks nor quotes, which would end the attribute of a tag. */
function isUrlText(text: string): boolean {
  return /^[\w.~%!$&()*+,;=:@/?-]+$/.test(text);
}
