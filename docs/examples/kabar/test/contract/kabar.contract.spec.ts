import { createHmac } from 'node:crypto';
import { kabar } from '../../src/providers/kabar/kabar.provider.js';
import { type RawRequest } from '../../src/providers/ports/callbacks.js';
import { KABAR_MESSAGE_ID, KABAR_SEND, accepting, kabarTapes } from './kabar.tapes.js';
import { keepsTheMessagingContract } from './messaging.contract.js';

const credentials = { apiKey: 'kbk-0f1e2d3c4b5a69788796a5b4c3d2e1f0', signingKey: 'kbs-00112233445566778899' };

/** The sample of the document's "Callbacks", with another status word where one is given. */
function callback(status: string, signingKey = credentials.signingKey): RawRequest {
  const body = JSON.stringify({
    id: KABAR_MESSAGE_ID,
    ref: '0190b5a0-0000-7000-8000-000000000101',
    to: '6287823678013',
    status,
    at: '2024-05-31T16:08:37Z',
  });
  const signature = createHmac('sha256', signingKey).update(body).digest('hex');
  return {
    topic: 'status',
    method: 'POST',
    path: '/callbacks/key/status',
    headers: { 'content-type': 'application/json', 'x-kabar-signature': `sha256=${signature}` },
    body: Buffer.from(body),
  };
}

keepsTheMessagingContract({
  definition: kabar,
  credentials,
  secrets: [credentials.apiKey],
  sendPath: KABAR_SEND,
  prelude: {},
  acceptedReference: KABAR_MESSAGE_ID,
  tapes: kabarTapes,
  accept: (...references) => accepting(references[0]!),
  callbacks: {
    credentials,
    genuine: callback('delivered'),
    forged: callback('delivered', 'another key'),
    unknownWord: callback('seen'),
    signed: true,
  },
});
