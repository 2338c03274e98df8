/** What persons read while they prove a number to us: the message that they send, and what is answered to it. Pure. */
import { zoneOf } from '../common/zones.js';
import { type VerificationLanguage } from '../providers/ports/verification.js';
import { type RefusalReason } from './verification-row.js';

/** What the message says around the code and the time. */
interface Words {
  readonly first: string;
  readonly code: string;
  readonly until: string;
  readonly sender: string;
  readonly last: string;
}

/**
 * Lines and labels are those of SendTalk's message ("WhatsApp Verification", TapTalk's documents, 2023), so that an app
 * treats both alike; the sentences are our own. `sender` is for somebody who is talked into proving another person's login.
 */
const WORDS: Readonly<Record<VerificationLanguage, Words>> = {
  id: {
    first: 'Jangan ubah apa pun dalam pesan ini.',
    code: 'Kode Verifikasi',
    until: 'Berlaku sampai dengan',
    sender:
      'Kirim dari nomor WhatsApp yang Anda verifikasi, dan hanya jika Anda sendiri yang memintanya. Jika orang lain menyuruh Anda mengirimnya, jangan kirim: ia dapat masuk ke akun Anda.',
    last: 'Kirim pesan ini apa adanya, lalu kembali ke aplikasi.',
  },
  en: {
    first: 'Please change nothing in this message.',
    code: 'Verification Code',
    until: 'Valid until',
    sender:
      'Send it from the WhatsApp number that you are verifying, and only if you asked for it yourself. If somebody else told you to send it, do not: they could log in to your account.',
    last: 'Send this message as it is, then go back to the app.',
  },
};

/** How a message that a person sent us was understood: it proved the number, or why it did not. */
export type ProofAnswer = 'VERIFIED' | RefusalReason;

const ANSWERS: Readonly<Record<VerificationLanguage, Readonly<Record<ProofAnswer, string>>>> = {
  id: {
    VERIFIED: 'Nomor Anda sudah terverifikasi. Silakan kembali ke aplikasi.',
    EXPIRED: 'Waktu untuk kode ini sudah habis. Mulai lagi di aplikasi, lalu kirim pesan yang baru.',
    ANOTHER_NUMBER:
      'Kode ini milik nomor lain, jadi tidak ada yang diverifikasi. Kirim dari nomor yang Anda masukkan di aplikasi. Jika orang lain menyuruh Anda mengirimnya, abaikan saja.',
    USED: 'Kode ini sudah dipakai. Untuk memverifikasi lagi, mulai lagi di aplikasi.',
    CLOSED: 'Verifikasi ini sudah ditutup. Mulai lagi di aplikasi, lalu kirim pesan yang baru.',
  },
  en: {
    VERIFIED: 'Your number is verified. Please go back to the app.',
    EXPIRED: 'The time for this code is over. Start again in the app, then send the new message.',
    ANOTHER_NUMBER:
      'This code belongs to another number, so nothing was verified. Send it from the number that you entered in the app. If somebody else told you to send it, leave it.',
    USED: 'This code was used already. To verify again, start again in the app.',
    CLOSED: 'This verification was closed. Start again in the app, then send the new message.',
  },
};

/** The message that a person sends us to prove their number. The time is that of the number's country. */
export function inboundText({
  language,
  phone,
  code,
  expiresAt,
  appUrl,
}: {
  readonly language: VerificationLanguage;
  readonly phone: string;
  readonly code: string;
  readonly expiresAt: Date;
  readonly appUrl: string | null;
}): string {
  const words = WORDS[language];
  return [
    words.first,
    '',
    `${words.code}: ${code}`,
    `${words.until}: ${localTime(expiresAt, zoneOf(phone))}`,
    '',
    `*${words.sender}*`,
    '',
    words.last,
    ...(appUrl === null ? [] : [appUrl]),
  ].join('\n');
}

/** Opens WhatsApp with the text written, to be sent to the number (E.164). */
export function waLinkOf(number: string, text: string): string {
  // A form's encoding leaves the asterisk bare, and SendTalk's links do not.
  const query = new URLSearchParams({ text }).toString().replaceAll('*', '%2A');
  return `https://wa.me/${number.replace('+', '')}?${query}`;
}

/** What a person is answered to a message with a code of ours. */
export function answerText(
  answer: ProofAnswer,
  { language, appUrl }: { readonly language: VerificationLanguage; readonly appUrl: string | null },
): string {
  const text = ANSWERS[language][answer];
  return answer === 'VERIFIED' && appUrl !== null ? `${text}\n${appUrl}` : text;
}

/** `16:09:00 19-06-2023`. */
function localTime(at: Date, timeZone: string): string {
  const two = '2-digit';
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23', hour: two, minute: two, second: two },
    ...{ day: two, month: two, year: 'numeric' },
  }).formatToParts(at);
  const part = (wanted: string): string => parts.find(({ type }) => type === wanted)?.value ?? '';
  return `${part('hour')}:${part('minute')}:${part('second')} ${part('day')}-${part('month')}-${part('year')}`;
}
