import { createHmac } from 'node:crypto';
import { meta } from '../../src/providers/meta/meta.provider.js';
import { type RawRequest } from '../../src/providers/ports/callbacks.js';
import { keepsTheMessagingContract } from './messaging.contract.js';
import {
  META_MESSAGE_ID,
  META_PHONE,
  META_SEND,
  META_WABA,
  metaQuestions,
  metaTapes,
  metaUpload,
  said,
} from './meta.tapes.js';

const accessToken = 'EAAJZC4kFQ0tMBO7d6h1PZAa9sGqk2x0';
const appSecret = 'meta_app_secret_01';
const verifyToken = 'verify-9f86d081884c7d65';
const credentials = { accessToken, phoneNumberId: META_PHONE, businessAccountId: META_WABA, appSecret, verifyToken };

function posted(value: object): RawRequest {
  const body = Buffer.from(
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: META_WABA,
          changes: [
            {
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '16315555555', phone_number_id: META_PHONE },
                ...value,
              },
              field: 'messages',
            },
          ],
        },
      ],
    }),
  );
  return {
    topic: 'webhook',
    method: 'POST',
    path: '/callbacks/key/webhook',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`,
    },
    body,
  };
}

/** The sample of the reference of the status messages webhook. */
const delivered = {
  id: META_MESSAGE_ID,
  status: 'delivered',
  timestamp: '1750030073',
  recipient_id: '16505551234',
  conversation: { id: '6ceb9d929c9bdc4f90967a32f8639f8b', origin: { type: 'utility' } },
  pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
};
const genuine = posted({ statuses: [delivered] });

keepsTheMessagingContract({
  definition: meta,
  credentials,
  secrets: [accessToken, appSecret, verifyToken],
  sendPath: META_SEND,
  prelude: {},
  acceptedReference: META_MESSAGE_ID,
  tapes: metaTapes,
  kinds: { media: { scene: metaUpload }, order: { scene: metaUpload } },
  accept: (...references) => said({ messaging_product: 'whatsapp', messages: references.map((id) => ({ id })) }),
  questions: metaQuestions,
  callbacks: {
    credentials,
    genuine,
    forged: { ...genuine, headers: { ...genuine.headers, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } },
    unknownWord: posted({ statuses: [{ ...delivered, status: 'teleported' }] }),
    inbound: posted({
      contacts: [{ profile: { name: 'Sheena Nelson' }, wa_id: '16505551234' }],
      messages: [
        {
          from: '16505551234',
          id: 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=',
          timestamp: '1749416383',
          type: 'text',
          text: { body: 'Does it come in another color?' },
        },
      ],
    }),
    handshake: {
      request: {
        topic: 'webhook',
        method: 'GET',
        path: `/callbacks/key/webhook?hub.mode=subscribe&hub.verify_token=${verifyToken}&hub.challenge=1158201444`,
        headers: {},
        body: Buffer.alloc(0),
      },
      answer: '1158201444',
    },
    signed: true,
  },
});
