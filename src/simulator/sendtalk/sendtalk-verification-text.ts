/** What a person is given to send: the code, the text around it, the link that has both. */
import { type SendTalkVerificationRequest } from '../../providers/sendtalk/sendtalk.wire.js';

/** SendTalk is in Jakarta; the sample of "WhatsApp Verification" says the time without its zone. */
const ZONE_MS = 7 * 60 * 60 * 1000;

/** Order, labels and emphasis are those of the sample; the sentences, and all of the English, are the simulator's own. */
const WORDS = {
  id: {
    first: 'Biarkan isi pesan ini seperti adanya.',
    code: 'Kode Verifikasi',
    until: 'Berlaku sampai dengan',
    sender: 'Nomor pengirim pesan ini harus nomor yang sedang diverifikasi.',
    last: 'Kirimkan pesan ini apa adanya, kemudian buka lagi aplikasi Anda.',
  },
  en: {
    first: 'Please leave this message as it is.',
    code: 'Verification Code',
    until: 'Valid until',
    sender: 'Send it from the number that is being verified.',
    last: 'Send this message unchanged, then go back to your app.',
  },
} as const;

const base64 = (words: string): string => Buffer.from(words, 'latin1').toString('base64');
const fromBase64 = (words: string): string => Buffer.from(words, 'base64').toString('latin1');

/** Base64 of base64, as the code of the document's sample is. */
export const codeOf = (id: string, letters: string): string => base64(base64(`${id}:${letters}`));

const PLAIN_CODE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):[A-Za-z]{16}$/;

/** The verification that a code is of; undefined where it is no code. */
export const idIn = (code: string): string | undefined => PLAIN_CODE.exec(fromBase64(fromBase64(code)))?.[1];

/** Whatever in a text may be a code. */
export const codesIn = (text: string): readonly string[] =>
  (text.match(/[A-Za-z0-9+/]+={0,2}/g) ?? []).filter((word) => idIn(word) !== undefined);

/** The text that the person is to send. Where the app's link stands in it is not documented. */
export function verificationText(
  code: string,
  expiresAt: Date,
  { languageCode, appURL }: Pick<SendTalkVerificationRequest, 'languageCode' | 'appURL'>,
): string {
  const words = WORDS[languageCode];
  return [
    words.first,
    '',
    `${words.code}: ${code}`,
    `${words.until}: ${localTime(expiresAt)}`,
    '',
    `*${words.sender}*`,
    '',
    words.last,
    ...(appURL ? [appURL] : []),
  ].join('\n');
}

/** `16:09:00 19-06-2023`. */
function localTime(at: Date): string {
  const local = new Date(at.getTime() + ZONE_MS).toISOString();
  const [year, month, day] = local.slice(0, 10).split('-');
  return `${local.slice(11, 19)} ${day}-${month}-${year}`;
}

/** Opens WhatsApp with the text written. Encoded as a form is, with `*` as `%2A`: so the sample's is made from its text. */
export const waLink = (number: string, text: string): string => `https://wa.me/${number}?text=${formEncoded(text)}`;

function formEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
