/** Answers of Meta's WhatsApp Cloud API, from its documentation. */
import { draft } from './samples.js';
import { type QuestionName, type QuestionUnderTest } from './questions.contract.js';
import { type SceneName } from './messaging.contract.js';
import { PLAYER, type Answer, type Scene, type Tape } from './player.js';

export const META_PHONE = '106540352242922';
export const META_WABA = '102290129340398';
export const META_SEND = `/v23.0/${META_PHONE}/messages`;
export const META_UPLOAD = `/v23.0/${META_PHONE}/media`;
const NUMBER = `/v23.0/${META_PHONE}`;
const TEMPLATES = `/v23.0/${META_WABA}/message_templates`;
const FILE_ID = '1037543291543636';
const TEMPLATE_ID = '564750795574598';
const DOWNLOAD = '/whatsapp_business/attachments/?mid=1037543291543636';
export const META_MESSAGE_ID = 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA';

const DOCUMENT = 'WhatsApp Cloud API, developers.facebook.com';
const READ = '2026-06';

export const said = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });

/** A failure in the form of the page "Error codes". */
export const graphError = (status: number, code: number, message: string, more: object = {}): Answer =>
  said({ error: { message, type: 'OAuthException', code, fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam', ...more } }, status);

export const taken = (id: string): Answer =>
  said({
    messaging_product: 'whatsapp',
    contacts: [{ input: '6287823678013', wa_id: '6287823678013' }],
    messages: [{ id, message_status: 'accepted' }],
  });

const EXPIRED_TOKEN = graphError(401, 190, 'Error validating access token: Session has expired.', {
  error_subcode: 463,
});

const documented = (place: string, scene: Scene): Tape => ({
  source: `${DOCUMENT}, ${place}`,
  date: READ,
  made: 'documented',
  scene,
});

export const metaTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: documented('"Messages", response', { [META_SEND]: [taken(META_MESSAGE_ID)] }),
  refused: documented('"Error codes", 132001', {
    [META_SEND]: [
      graphError(404, 132001, '(#132001) Template name does not exist in the translation', {
        error_data: { messaging_product: 'whatsapp', details: 'template name (x) does not exist in id' },
      }),
    ],
  }),
  authFailure: documented('"Error codes", 190', { [META_SEND]: [EXPIRED_TOKEN] }),
  slowDown: documented('"Error codes", 130429', {
    [META_SEND]: [
      graphError(429, 130429, '(#130429) Rate limit hit', {
        error_data: { messaging_product: 'whatsapp', details: 'Message failed to send because there were too many.' },
      }),
    ],
  }),
  unavailable: {
    source: 'RFC 9110, 15.6.4, as a load balancer answers',
    date: '2022-06',
    made: 'inferred',
    scene: { [META_SEND]: [{ status: 503, body: '<html>Service unavailable</html>' }] },
  },
  unreadable: {
    source: `${DOCUMENT}: every success has the id of a message, so this is none`,
    date: READ,
    made: 'inferred',
    scene: { [META_SEND]: [said({ messaging_product: 'whatsapp', contacts: [], messages: [] })] },
  },
  testGood: documented('"Business phone numbers"', {
    [NUMBER]: [said({ id: META_PHONE, display_phone_number: '+1 631-555-5555', verified_name: 'Kurir' })],
  }),
  testBad: documented('"Error codes", 190', { [NUMBER]: [EXPIRED_TOKEN] }),
};

export const metaUpload: Scene = { [META_UPLOAD]: [said({ id: FILE_ID })] };

/** A question whose one call is answered so. */
const question = (
  place: string,
  path: string,
  answer: Answer,
  more: Pick<QuestionUnderTest, 'told' | 'reference'>,
): QuestionUnderTest => ({
  path,
  answered: documented(place, { [path]: [answer] }),
  refused: documented('"Error codes", 190', { [path]: [EXPIRED_TOKEN] }),
  ...more,
});

const submitted = { externalId: draft.name, providerId: TEMPLATE_ID, status: 'PENDING', category: 'UTILITY' };
const metadata = said({
  messaging_product: 'whatsapp',
  url: `${PLAYER}${DOWNLOAD}`,
  mime_type: 'image/jpeg',
  sha256: 'b0a1',
  file_size: 4,
  id: FILE_ID,
});

export const metaQuestions: Readonly<Partial<Record<QuestionName, QuestionUnderTest>>> = {
  media: {
    path: `/v23.0/${FILE_ID}`,
    reference: FILE_ID,
    answered: documented('"Media", retrieve media URL', {
      [`/v23.0/${FILE_ID}`]: [metadata],
      [DOWNLOAD]: [{ status: 200, headers: { 'content-type': 'image/jpeg' }, body: Buffer.from([255, 216, 255, 224]) }],
    }),
    refused: documented('"Error codes", 190', { [`/v23.0/${FILE_ID}`]: [EXPIRED_TOKEN] }),
    told: { bytes: Buffer.from([255, 216, 255, 224]), mimeType: 'image/jpeg' },
  },
  receipts: question('"Mark messages as read"', META_SEND, said({ success: true }), {
    told: {},
    reference: META_MESSAGE_ID,
  }),
  'templates.submit': question(
    '"Message templates", creation',
    TEMPLATES,
    said({ id: TEMPLATE_ID, status: 'PENDING', category: 'UTILITY' }),
    { told: submitted },
  ),
  'templates.edit': question('"Message templates", editing', `/v23.0/${TEMPLATE_ID}`, said({ success: true }), {
    told: submitted,
    reference: TEMPLATE_ID,
  }),
  'templates.remove': question('"Message templates", deletion', `DELETE ${TEMPLATES}`, said({ success: true }), {
    told: {},
    reference: TEMPLATE_ID,
  }),
  'templates.page': question(
    '"Message templates", list',
    `GET ${TEMPLATES}`,
    said({
      data: [
        {
          name: 'order_paid',
          components: [
            {
              type: 'BODY',
              text: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
              example: { body_text: [['Bu Sri', 'INV-77']] },
            },
          ],
          language: 'id',
          status: 'APPROVED',
          category: 'UTILITY',
          id: TEMPLATE_ID,
        },
      ],
      paging: { cursors: { before: 'MAZDZD', after: 'MjQZD' } },
    }),
    {
      told: {
        templates: [{ ...draft, ...submitted, status: 'APPROVED', rejectionReason: null, raw: null }],
        next: null,
      },
    },
  ),
};
