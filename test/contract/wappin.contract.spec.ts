import { type RawRequest } from '../../src/providers/ports.js';
import { wappin } from '../../src/providers/wappin/wappin.provider.js';
import { keepsTheMessagingContract } from './messaging.contract.js';
import { WAPPIN_MESSAGE_ID, WAPPIN_SEND, WAPPIN_TOKEN, said, wappinTapes, withToken } from './wappin.tapes.js';

const secretKey = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b';
const callbackToken = 'bearer-of-the-callbacks-0123456789';
const credentials = { clientId: '0009', projectId: '0014', secretKey };

/** The sample of the chapter on callbacks (Wappin API document, version 1.7, December 2019). */
const delivered: RawRequest = {
  topic: 'callback',
  method: 'POST',
  path: '/callbacks/key/callback',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${callbackToken}` },
  body: Buffer.from(
    JSON.stringify({
      message_id: '5cdbe7774a059',
      client_id: '0009',
      client_name: 'wappin-info',
      project_id: '16',
      project_name: 'WAPPIN-INFO',
      sender_number: '628989229471',
      status_messages: 'delivered',
      message_content: '-',
      environment: 'PRODUCTION',
      timestamp: '1557915512',
      callback_type: 'status',
    }),
  ),
};

keepsTheMessagingContract({
  definition: wappin,
  credentials,
  secrets: [secretKey, WAPPIN_TOKEN, Buffer.from(`0009:${secretKey}`).toString('base64')],
  sendPath: WAPPIN_SEND,
  prelude: withToken,
  acceptedReference: WAPPIN_MESSAGE_ID,
  tapes: wappinTapes,
  accept: (reference) => said({ message_id: reference, status: '200', message: 'Success' }),
  callbacks: {
    credentials: { ...credentials, callbackToken },
    genuine: delivered,
    forged: {
      ...delivered,
      headers: { ...delivered.headers, authorization: `Bearer ${callbackToken.slice(0, -1)}0` },
    },
  },
});
