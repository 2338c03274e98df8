/** Wappin's answers, from its API document of December 2019. It never mentions HTTP statuses: they are 200 here. */
import { type SceneName, type Tape } from './messaging.contract.js';
import { type Answer, type Scene } from './player.js';

export const WAPPIN_TOKEN_PATH = '/v1/token/get';
export const WAPPIN_SEND = '/v1/message/do-send-hsm';
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

const sent = (answer: Answer): Scene => ({ ...withToken, [WAPPIN_SEND]: [answer] });

export const wappinTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: {
    source: `${DOCUMENT}, do-send-hsm, UAT sample`,
    date: DATE,
    made: 'documented',
    scene: sent(said({ message_id: WAPPIN_MESSAGE_ID, status: '200', message: 'Success', data: null })),
  },
  unknownTemplate: {
    source: `${DOCUMENT}, do-send-hsm, table of codes`,
    date: DATE,
    made: 'documented',
    scene: sent(said({ status: '404', message: 'API Notification Template not found or inactive', data: null })),
  },
  authFailure: {
    source: `${DOCUMENT}, do-send-hsm, table of codes; said to the new token too`,
    date: DATE,
    made: 'documented',
    scene: sent(said({ status: '401', message: 'Invalid credential' })),
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
