/** Wappin's answers, from its API document of December 2019. It never mentions HTTP statuses: they are 200 here. */
import { type SceneName, type VendorUnderTest } from './messaging.contract.js';
import { type Answer, type Scene, type Tape } from './player.js';

export const WAPPIN_TOKEN_PATH = '/v1/token/get';
export const WAPPIN_SEND = '/v1/message/do-send-hsm';
const SEND_TEXT = '/v1/message/do-send';
const SEND_MEDIA = '/v1/message/do-send-media';
const INQUIRY = '/v1/message/inquiry';
const NUMBER_CHECKER = '/v1/phone/number-checker';
export const WAPPIN_MESSAGE_ID = '5bc83037c79f5';
export const WAPPIN_TOKEN = '3f1c0a7be2d94c5688a1b2c3d4e5f60718293a4b5c6d7e8f9012a3b4c5d6e7f8';

const DOCUMENT = 'Wappin API document, version 1.7';
const DATE = '2019-12';

export const said = (body: unknown): Answer => ({ status: 200, body: JSON.stringify(body) });

export const tokenGiven: Answer = said({
  status: '200',
  message: 'Success',
  data: { access_token: WAPPIN_TOKEN, expired_datetime: '2024-06-01 23:08:37', token_type: 'access_token' },
});

export const withToken: Scene = { [WAPPIN_TOKEN_PATH]: [tokenGiven] };

const asked = (path: string, answer: Answer): Scene => ({ ...withToken, [path]: [answer] });
const sent = (answer: Answer): Scene => asked(WAPPIN_SEND, answer);
const taken = said({ message_id: WAPPIN_MESSAGE_ID, status: '200', message: 'Success', data: null });
const invalidCredential = said({ status: '401', message: 'Invalid credential' });

export const wappinTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: {
    source: `${DOCUMENT}, do-send-hsm, UAT sample`,
    date: DATE,
    made: 'documented',
    scene: sent(taken),
  },
  refused: {
    source: `${DOCUMENT}, do-send-hsm, table of codes`,
    date: DATE,
    made: 'documented',
    scene: sent(said({ status: '404', message: 'API Notification Template not found or inactive', data: null })),
  },
  authFailure: {
    source: `${DOCUMENT}, do-send-hsm, table of codes; said to the new token too`,
    date: DATE,
    made: 'documented',
    scene: sent(invalidCredential),
  },
  slowDown: {
    source: `${DOCUMENT}, do-send-hsm with SMS, table of codes`,
    date: DATE,
    made: 'documented',
    scene: sent(said({ status: '700', message: 'Error from vendor' })),
  },
  unavailable: {
    source: 'RFC 9110, 15.6.4, as a load balancer answers',
    date: '2022-06',
    made: 'inferred',
    scene: sent({ status: 503, body: '<html>Service unavailable</html>' }),
  },
  unreadable: {
    source: `${DOCUMENT}: every answer has a status, so this is none`,
    date: DATE,
    made: 'inferred',
    scene: sent({ status: 200, body: '<html>Welcome</html>' }),
  },
  testGood: {
    source: `${DOCUMENT}, token/get, sample`,
    date: DATE,
    made: 'documented',
    scene: withToken,
  },
  testBad: {
    source: `${DOCUMENT}, token/get, table of codes`,
    date: DATE,
    made: 'documented',
    scene: { [WAPPIN_TOKEN_PATH]: [said({ status: '401', message: 'Invalid credential', data: null })] },
  },
};

/** Session text and files go elsewhere than templates; their chapters have the same answer of success. */
export const wappinKinds: VendorUnderTest['kinds'] = {
  text: { scene: asked(SEND_TEXT, taken) },
  media: { scene: asked(SEND_MEDIA, taken) },
};

export const wappinQuestions: VendorUnderTest['questions'] = {
  inquiry: {
    path: INQUIRY,
    reference: '5c33139c82f94',
    answered: {
      source: `${DOCUMENT}, inquiry; what stands in data is lost from the text, its names are those of callbacks`,
      date: DATE,
      made: 'inferred',
      scene: asked(
        INQUIRY,
        said({
          status: '200',
          message: 'Success',
          data: [
            { message_id: '5c33139c82f94', status: 'sent', timestamp: '1557915510' },
            { message_id: '5c33139c82f94', status: 'delivered', timestamp: '1557915512' },
          ],
        }),
      ),
    },
    refused: {
      source: `${DOCUMENT}, inquiry, table of codes; said to the new token too`,
      date: DATE,
      made: 'documented',
      scene: asked(INQUIRY, invalidCredential),
    },
    told: {
      reports: [
        { kind: 'status', reference: '5c33139c82f94', status: 'SENT' },
        { kind: 'status', reference: '5c33139c82f94', status: 'DELIVERED' },
      ],
    },
  },
  numbers: {
    path: NUMBER_CHECKER,
    reference: '+6282315658823',
    answered: {
      source: `${DOCUMENT}, number-checker, sample`,
      date: DATE,
      made: 'documented',
      scene: asked(NUMBER_CHECKER, said({ message_id: '5c823ecf75562', status: '200', message: 'Phone Number Valid' })),
    },
    refused: {
      source: `${DOCUMENT}, number-checker, table of codes; said to the new token too`,
      date: DATE,
      made: 'documented',
      scene: asked(NUMBER_CHECKER, invalidCredential),
    },
    told: { onWhatsApp: true },
  },
};
