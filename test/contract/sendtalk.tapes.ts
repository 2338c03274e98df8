/** SendTalk's answers, from TapTalk's documents and from public clients. HTTP is 200 for its errors too. */
import { type SceneName } from './messaging.contract.js';
import { type SendTalkVerification, type SendTalkWebhook } from '../../src/providers/sendtalk/sendtalk.wire.js';
import { type Answer, type Scene, type Tape } from './player.js';
import { type VerificationSceneName } from './verifications.contract.js';

export const SENDTALK_SEND = '/api/v1/message/send_whatsapp';
export const SENDTALK_STATUS = '/api/v1/message/get_status';
export const SENDTALK_VERIFICATION = '/api/v1/verification/create_whatsapp_verification';
export const SENDTALK_MESSAGE_ID = '6a2cb5b8-5a4e-4c33-9f40-0c7f6b7c1d55';

const DOCUMENT = 'TapTalk documents, SendTalk, "Messages API"';
const VERIFICATION = 'TapTalk documents, SendTalk, "WhatsApp Verification"';
const CLIENT = 'Dexalt142/sendtalk-laravel';
const READ = '2024-05';

const said = (status: number, data: unknown, error = { code: '', message: '', field: '' }): Answer => ({
  status: 200,
  body: JSON.stringify({ status, error, data }),
});
const fault = (code: string, message: string, field: string, data: unknown): Answer =>
  said(400, data, { code, message, field });

const unknownKey = fault('49103', 'API-Key is not found', '', []);
const sent = (answer: Answer): Scene => ({ [SENDTALK_SEND]: [answer] });
const told = (answer: Answer): Scene => ({ [SENDTALK_STATUS]: [answer] });

export const accepting = (id: string): Answer =>
  said(200, { success: true, message: 'The message has been added to queue', reason: '', id });

export const sendtalkTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: {
    source: `${DOCUMENT}, send_whatsapp, sample of success`,
    date: READ,
    made: 'documented',
    scene: sent(accepting(SENDTALK_MESSAGE_ID)),
  },
  refused: {
    source: `${DOCUMENT}, send_whatsapp, reasons; no sample shows one`,
    date: READ,
    made: 'inferred',
    scene: sent(said(200, { success: false, message: 'Invalid recipient', reason: 'invalid_recipient' })),
  },
  authFailure: {
    source: `${CLIENT}, tests, a key that SendTalk does not know`,
    date: READ,
    made: 'recorded',
    scene: sent(unknownKey),
  },
  slowDown: {
    source: 'RFC 6585, 4; no limit is documented',
    date: '2012-04',
    made: 'inferred',
    scene: sent({ status: 429, headers: { 'retry-after': '3' }, body: '' }),
  },
  unavailable: {
    source: 'RFC 9110, 15.6.4, as a load balancer answers',
    date: '2022-06',
    made: 'inferred',
    scene: sent({ status: 503, body: '<html>Service unavailable</html>' }),
  },
  unreadable: {
    source: `${DOCUMENT}: every success says so in its data, so this is none`,
    date: READ,
    made: 'inferred',
    scene: sent(said(200, {})),
  },
  testGood: {
    source: `${CLIENT}, tests, a message that SendTalk does not know`,
    date: READ,
    made: 'recorded',
    scene: told(fault('40401', 'Message is not found', '', [])),
  },
  testBad: {
    source: `${VERIFICATION}, sample of an error; the same envelope`,
    date: READ,
    made: 'documented',
    scene: told(fault('40001', 'Request headers are required (API-Key)', '', {})),
  },
};

export const standing: Tape = {
  source: `${CLIENT}, README, get_status`,
  date: READ,
  made: 'recorded',
  scene: told(
    said(200, {
      status: 'read',
      isPending: false,
      isSent: true,
      sentTime: 1653924408488,
      currency: 'IDR',
      price: 75,
      createdTime: 1653924407993,
    }),
  ),
};

export const keyUnknownToStatus: Tape = {
  source: `${CLIENT}, tests, a key that SendTalk does not know`,
  date: READ,
  made: 'recorded',
  scene: told(unknownKey),
};

/** The sample of success in the document, to the letter. */
export const SENDTALK_SAMPLE: SendTalkVerification = {
  id: '3f35ec07-77f1-4fa0-9416-8ef019e52189',
  waLink:
    'https://wa.me/6281212345678?text=Mohon+jangan+ubah+teks+verifikasi+ini.%0A%0AKode+Verifikasi%3A+TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89%0ABerlaku+sampai+dengan%3A+16%3A09%3A00+19-06-2023%0A%0A%2APastikan+nomor+WhatsApp+ini+sama+dengan+nomor+yang+Anda+gunakan.%2A%0A%0AKirim+teks+ini+tanpa+mengubah+isinya%2C+lalu+silakan+kembali+ke+aplikasi.',
  waMessage:
    'Mohon jangan ubah teks verifikasi ini.\n\nKode Verifikasi: TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89\nBerlaku sampai dengan: 16:09:00 19-06-2023\n\n*Pastikan nomor WhatsApp ini sama dengan nomor yang Anda gunakan.*\n\nKirim teks ini tanpa mengubah isinya, lalu silakan kembali ke aplikasi.',
  qrCode: '...',
};

/** The document's sample of a webhook. */
export const SENDTALK_WEBHOOK: SendTalkWebhook = {
  id: 'fc0977f2-baa9-476d-8a3d-128c622d5ff6',
  userPhone: '628124630350',
  status: 'verified',
  verifiedTime: 1692847205385,
};

const begun = (answer: Answer): Scene => ({ [SENDTALK_VERIFICATION]: [answer] });
const MADE = { success: true, message: 'WhatsApp verification created successfully', reason: '' };

export const sendtalkVerificationTapes: Readonly<Record<VerificationSceneName, Tape>> = {
  made: {
    source: `${VERIFICATION}, sample of success`,
    date: READ,
    made: 'documented',
    scene: begun(said(200, { ...MADE, verification: SENDTALK_SAMPLE })),
  },
  refused: {
    source: `${VERIFICATION}, reasons; no sample shows one`,
    date: READ,
    made: 'inferred',
    scene: begun(said(200, { success: false, message: 'Insufficient balance', reason: 'insufficient_balance' })),
  },
  authFailure: {
    source: `${VERIFICATION}, sample of an error`,
    date: READ,
    made: 'documented',
    scene: begun(fault('40001', 'Request headers are required (API-Key)', '', {})),
  },
  unreadable: {
    source: `${VERIFICATION}: a success has the verification in it, so this is none`,
    date: READ,
    made: 'inferred',
    scene: begun(said(200, MADE)),
  },
};
