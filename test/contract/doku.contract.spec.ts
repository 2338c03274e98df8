import { doku } from '../../src/providers/doku/doku.provider.js';
import { DOKU_MESSAGE_ID, DOKU_SEND, dokuTapes } from './doku.tapes.js';
import { keepsTheMessagingContract } from './messaging.contract.js';

const secretKey = 'SK-PaychatTestSecret01';

keepsTheMessagingContract({
  definition: doku,
  credentials: { clientId: 'BRN-0001-1700000000000', secretKey },
  secrets: [secretKey],
  sendPath: DOKU_SEND,
  prelude: {},
  acceptedReference: DOKU_MESSAGE_ID,
  tapes: dokuTapes,
  accept: (messageId) => ({ status: 200, body: JSON.stringify({ status: 'submitted', messageId }) }),
});
