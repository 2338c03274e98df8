/** Kabar's answers, from its document. */
import { type SceneName } from './messaging.contract.js';
import { type Answer, type Scene, type Tape } from './player.js';

export const KABAR_SEND = '/v1/messages';
export const KABAR_MESSAGE_ID = 'kbr_01hz8v2m';

const DOCUMENT = 'Kabar API';
const DATE = '2024-05';

const fault = (status: number, code: string, message: string): Answer => ({
  status,
  body: JSON.stringify({ error: { code, message } }),
});
const sent = (answer: Answer): Scene => ({ [KABAR_SEND]: [answer] });
const tested = (answer: Answer): Scene => ({ '/v1/account': [answer] });

export const accepting = (id: string): Answer => ({ status: 202, body: JSON.stringify({ id }) });

export const kabarTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: {
    source: `${DOCUMENT}, "Send a message", sample`,
    date: DATE,
    made: 'documented',
    scene: sent(accepting(KABAR_MESSAGE_ID)),
  },
  refused: {
    source: `${DOCUMENT}, table of codes`,
    date: DATE,
    made: 'documented',
    scene: sent(fault(404, 'unknown_template', 'No such template')),
  },
  authFailure: {
    source: `${DOCUMENT}, table of codes`,
    date: DATE,
    made: 'documented',
    scene: sent(fault(401, 'bad_key', 'The key is not valid')),
  },
  slowDown: {
    source: `${DOCUMENT}, "Limits"`,
    date: DATE,
    made: 'documented',
    scene: sent({ status: 429, headers: { 'retry-after': '2' }, body: '' }),
  },
  unavailable: {
    source: 'RFC 9110, 15.6.4, as a load balancer answers',
    date: '2022-06',
    made: 'inferred',
    scene: sent({ status: 503, body: '<html>Service unavailable</html>' }),
  },
  unreadable: {
    source: `${DOCUMENT}: a message that was taken has an id, so this is none`,
    date: DATE,
    made: 'inferred',
    scene: sent({ status: 202, body: '{}' }),
  },
  testGood: {
    source: `${DOCUMENT}, "Your account", sample`,
    date: DATE,
    made: 'documented',
    scene: tested({ status: 200, body: JSON.stringify({ name: 'Toko Sinar' }) }),
  },
  testBad: {
    source: `${DOCUMENT}, table of codes`,
    date: DATE,
    made: 'documented',
    scene: tested(fault(401, 'bad_key', 'The key is not valid')),
  },
};
