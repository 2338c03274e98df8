import { describe, expect, it } from 'vitest';
import { answerText, inboundText, waLinkOf } from './verification-texts.js';

const CODE = 'AbCdEfGh0123456789IjKlMnOpQrSt';
const EXPIRES_AT = new Date('2026-03-01T17:05:09Z');
const ASKED = { language: 'id', phone: '+6287823678023', code: CODE, expiresAt: EXPIRES_AT, appUrl: null } as const;

/** The sample of "WhatsApp Verification" (TapTalk's documents, SendTalk API, 2023). */
const SAMPLE = {
  id: '3f35ec07-77f1-4fa0-9416-8ef019e52189',
  number: '+6281212345678',
  waLink:
    'https://wa.me/6281212345678?text=Mohon+jangan+ubah+teks+verifikasi+ini.%0A%0AKode+Verifikasi%3A+TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89%0ABerlaku+sampai+dengan%3A+16%3A09%3A00+19-06-2023%0A%0A%2APastikan+nomor+WhatsApp+ini+sama+dengan+nomor+yang+Anda+gunakan.%2A%0A%0AKirim+teks+ini+tanpa+mengubah+isinya%2C+lalu+silakan+kembali+ke+aplikasi.',
  waMessage:
    'Mohon jangan ubah teks verifikasi ini.\n\nKode Verifikasi: TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89\nBerlaku sampai dengan: 16:09:00 19-06-2023\n\n*Pastikan nomor WhatsApp ini sama dengan nomor yang Anda gunakan.*\n\nKirim teks ini tanpa mengubah isinya, lalu silakan kembali ke aplikasi.',
} as const;

describe('the message that proves a number', () => {
  const linesOf = (text: string): string[] => text.split('\n');

  it.each([
    ['id', 'Kode Verifikasi', 'Berlaku sampai dengan', '00:05:09 02-03-2026'],
    ['en', 'Verification Code', 'Valid until', '00:05:09 02-03-2026'],
  ] as const)('has the eight lines of SendTalk’s, in %s', (language, code, until, time) => {
    const lines = linesOf(inboundText({ ...ASKED, language }));
    const sample = linesOf(SAMPLE.waMessage);
    const isBlank = (line: string): boolean => line === '';
    expect(lines.map(isBlank)).toEqual(sample.map(isBlank));
    expect([lines[2], lines[3]]).toEqual([`${code}: ${CODE}`, `${until}: ${time}`]);
    expect(lines[5]).toMatch(/^\*[^*]+\*$/);
  });

  it.each(['id', 'en'] as const)('has no sentence of SendTalk’s, in %s', (language) => {
    const lines = linesOf(inboundText({ ...ASKED, language }));
    const theirs = linesOf(SAMPLE.waMessage).filter((line) => line !== '');
    expect(lines.filter((line) => theirs.includes(line))).toEqual([]);
  });

  it('says the time of the number’s country', () => {
    const timeFor = (phone: string): string | undefined => linesOf(inboundText({ ...ASKED, phone }))[3];
    expect(timeFor('+819012345678')).toBe('Berlaku sampai dengan: 02:05:09 02-03-2026');
    expect(timeFor('+447911123456')).toBe('Berlaku sampai dengan: 17:05:09 01-03-2026');
  });

  it('ends with the address of the app, where there is one', () => {
    const appUrl = 'https://toko.example/masuk?a=1';
    expect(inboundText({ ...ASKED, appUrl })).toBe(`${inboundText(ASKED)}\n${appUrl}`);
  });
});

describe('the link that has the message written', () => {
  it('of the document’s sample is made from its message, byte for byte', () => {
    expect(waLinkOf(SAMPLE.number, SAMPLE.waMessage)).toBe(SAMPLE.waLink);
  });

  it('leads to the number, and holds the message whatever is in it', () => {
    const text = inboundText({ ...ASKED, appUrl: 'https://toko.example/?a=1&b=~é#*+%20' });
    const link = new URL(waLinkOf('+6281100000001', text));
    expect([link.host, link.pathname, link.hash]).toEqual(['wa.me', '/6281100000001', '']);
    expect(link.searchParams.get('text')).toBe(text);
  });
});

it('the code of the document’s sample is base64 of base64 of its id, a colon and 16 letters', () => {
  const code = /Kode Verifikasi: (\S+)/.exec(SAMPLE.waMessage)?.[1] ?? '';
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString('latin1');
  expect(decoded(decoded(code))).toMatch(new RegExp(`^${SAMPLE.id}:[A-Za-z]{16}$`));
});

describe('what a person is answered', () => {
  const REASONS = ['VERIFIED', 'EXPIRED', 'ANOTHER_NUMBER', 'USED', 'CLOSED'] as const;

  it('differs by what came of it, and by their language', () => {
    const said = (['id', 'en'] as const).flatMap((language) =>
      REASONS.map((reason) => answerText(reason, { language, appUrl: null })),
    );
    expect(new Set(said).size).toBe(10);
  });

  it('leads back to the app where the number is proved, and nowhere else', () => {
    const appUrl = 'https://toko.example/masuk';
    const leading = REASONS.filter((reason) => answerText(reason, { language: 'en', appUrl }).includes(appUrl));
    expect(leading).toEqual(['VERIFIED']);
    expect(answerText('VERIFIED', { language: 'en', appUrl }).split('\n').at(-1)).toBe(appUrl);
  });
});
