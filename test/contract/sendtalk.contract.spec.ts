import { type RawRequest } from '../../src/providers/ports/callbacks.js';
import { sendtalk } from '../../src/providers/sendtalk/sendtalk.provider.js';
import { keepsTheMessagingContract } from './messaging.contract.js';
import {
  SENDTALK_MESSAGE_ID,
  SENDTALK_SAMPLE,
  SENDTALK_SEND,
  SENDTALK_STATUS,
  SENDTALK_VERIFICATION,
  SENDTALK_WEBHOOK,
  accepting,
  keyUnknownToStatus,
  sendtalkTapes,
  sendtalkVerificationTapes,
  standing,
} from './sendtalk.tapes.js';

const apiKey = 'stk-5f4dcc3b5aa765d61d8327deb882cf99';
const webhookSecret = 'whs-098f6bcd4621d373cade4e832627b4f6';
const credentials = { apiKey, webhookSecret };

const posted = (body: object, secret = webhookSecret): RawRequest => ({
  topic: 'verification',
  method: 'POST',
  path: '/callbacks/key/verification',
  headers: { 'content-type': 'application/json', 'secret-key': secret },
  body: Buffer.from(JSON.stringify(body)),
});

keepsTheMessagingContract({
  definition: sendtalk,
  credentials,
  secrets: [apiKey, webhookSecret],
  sendPath: SENDTALK_SEND,
  prelude: {},
  acceptedReference: SENDTALK_MESSAGE_ID,
  tapes: sendtalkTapes,
  accept: (...references) => accepting(references[0]!),
  questions: {
    inquiry: {
      path: SENDTALK_STATUS,
      answered: standing,
      refused: keyUnknownToStatus,
      reference: SENDTALK_MESSAGE_ID,
      told: { reports: [{ status: 'SENT' }, { status: 'READ', reference: SENDTALK_MESSAGE_ID }] },
    },
  },
  verifications: {
    path: SENDTALK_VERIFICATION,
    tapes: sendtalkVerificationTapes,
    reference: SENDTALK_SAMPLE.id,
  },
  callbacks: {
    credentials,
    genuine: posted(SENDTALK_WEBHOOK),
    forged: posted(SENDTALK_WEBHOOK, `${webhookSecret.slice(0, -1)}0`),
    unknownWord: posted({ ...SENDTALK_WEBHOOK, status: 'teleported' }),
    tells: 'verification',
  },
});
