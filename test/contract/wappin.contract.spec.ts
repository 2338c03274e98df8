import { type RawRequest } from '../../src/providers/ports/callbacks.js';
import { wappin } from '../../src/providers/wappin/wappin.provider.js';
import { keepsTheMessagingContract } from './messaging.contract.js';
import {
  WAPPIN_MESSAGE_ID,
  WAPPIN_SEND,
  WAPPIN_TOKEN,
  said,
  wappinKinds,
  wappinQuestions,
  wappinTapes,
  withToken,
} from './wappin.tapes.js';

const secretKey = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b';
const callbackToken = 'bearer-of-the-callbacks-0123456789';
const credentials = { clientId: '0009', projectId: '0014', secretKey };

/** The samples of the chapter on callbacks (Wappin API document, version 1.7, December 2019). */
const status = {
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
};
const inbound = {
  ...status,
  message_id: '5cdbe77d09ee7',
  status_messages: '-',
  message_content: 'tesss',
  timestamp: '1557915516',
  callback_type: 'message',
};

const posted = (body: object, token = callbackToken): RawRequest => ({
  topic: 'callback',
  method: 'POST',
  path: '/callbacks/key/callback',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: Buffer.from(JSON.stringify(body)),
});

keepsTheMessagingContract({
  definition: wappin,
  credentials,
  secrets: [secretKey, WAPPIN_TOKEN, Buffer.from(`0009:${secretKey}`).toString('base64')],
  sendPath: WAPPIN_SEND,
  prelude: withToken,
  acceptedReference: WAPPIN_MESSAGE_ID,
  tapes: wappinTapes,
  kinds: wappinKinds,
  accept: (reference) => said({ message_id: reference, status: '200', message: 'Success' }),
  questions: wappinQuestions,
  callbacks: {
    credentials: { ...credentials, callbackToken },
    genuine: posted(status),
    forged: posted(status, `${callbackToken.slice(0, -1)}0`),
    unknownWord: posted({ ...status, status_messages: 'teleported' }),
    inbound: posted(inbound),
  },
});
