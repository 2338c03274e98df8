import { sendtalk } from '../../src/providers/sendtalk/sendtalk.provider.js';
import { keepsTheMessagingContract } from './messaging.contract.js';
import {
  SENDTALK_MESSAGE_ID,
  SENDTALK_SEND,
  SENDTALK_STATUS,
  accepting,
  keyUnknownToStatus,
  sendtalkTapes,
  standing,
} from './sendtalk.tapes.js';

const apiKey = 'stk-5f4dcc3b5aa765d61d8327deb882cf99';
const webhookSecret = 'whs-098f6bcd4621d373cade4e832627b4f6';

keepsTheMessagingContract({
  definition: sendtalk,
  credentials: { apiKey, webhookSecret },
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
});
