import { exotel } from '../../src/providers/exotel/exotel.provider.js';
import { type RawRequest } from '../../src/providers/ports/callbacks.js';
import { EXOTEL_SEND, EXOTEL_SID, answered, exotelMedia, exotelTapes, taken } from './exotel.tapes.js';
import { keepsTheMessagingContract } from './messaging.contract.js';

const apiToken = 'tok-4f1d9c0b7a6e5d3c2b1a09f8';
const credentials = { accountSid: 'kurir1', apiKey: 'key-77', apiToken };

const posted = (topic: string, messages: unknown[]): RawRequest => ({
  topic,
  method: 'POST',
  path: `/callbacks/key/${topic}`,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ whatsapp: { messages } })),
});

/** The sample of the payments page, as production has it: without the wrapper `params`. */
const delivered = {
  callback_type: 'dlr',
  sid: 'e96ec08a641612c8f2d1b3a4c5d6e7f8',
  to: '+918645550123',
  exo_status_code: 30002,
  exo_detailed_status: 'EX_MESSAGE_DELIVERED',
  description: 'Message Delivered',
  timestamp: '2024-05-21T12:48:26+05:30',
  custom_data: '0190b5a0-0000-7000-8000-000000000101',
  conversation_id: '675625c2f6d5c4f0',
};

keepsTheMessagingContract({
  definition: exotel,
  credentials,
  sender: '+918041234567',
  secrets: [apiToken, Buffer.from(`key-77:${apiToken}`).toString('base64'), 'https://kurir.example/callbacks/key'],
  sendPath: EXOTEL_SEND,
  prelude: {},
  acceptedReference: EXOTEL_SID,
  tapes: exotelTapes,
  accept: (...references) => answered(...references.map(taken)),
  questions: { media: exotelMedia },
  callbacks: {
    credentials,
    genuine: posted('status', [delivered]),
    // Exotel signs nothing: the least that can be asked is that it is one of its bodies.
    forged: { ...posted('status', [delivered]), body: Buffer.from('callback_type=dlr&exo_status_code=30002') },
    unknownWord: posted('status', [{ ...delivered, exo_status_code: 39999, exo_detailed_status: 'TELEPORTED' }]),
    inbound: posted('message', [
      {
        callback_type: 'incoming_message',
        sid: 'c5d40b17527aaf93b5ba0905287b1a24',
        from: '+918645550123',
        to: '+918041234567',
        profile_name: 'Asha',
        timestamp: '2024-05-21T12:50:02+05:30',
        content: { type: 'image', image: { url: 'https://files.example/a.jpg', caption: 'Ini buktinya' } },
      },
    ]),
  },
});
