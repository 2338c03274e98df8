/** DOKU PAYCHAT's answers. Only two are printed in its documents; the rest says where it is taken from. */
import { type SceneName } from './messaging.contract.js';
import { type Tape } from './player.js';

export const DOKU_SEND = '/message-as-a-service/v1/whatsapp/messages';
export const DOKU_MESSAGE_ID = 'a8f30193-1a4f-41ac-b01f-d559e2e1339f';

const PAGE = 'DOKU developer documentation, PAYCHAT, "Send WhatsApp Message"';
const READ = '2024-05';

const played = (status: number, body: unknown, headers: Record<string, string> = {}): Tape['scene'] => ({
  [DOKU_SEND]: [{ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }],
});
const fault = (code: string, message: string): unknown => ({ error: { code, message, type: code } });

export const dokuTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: {
    source: `${PAGE}, response of success; its HTTP status is not stated`,
    date: READ,
    made: 'documented',
    scene: played(200, { status: 'submitted', messageId: DOKU_MESSAGE_ID }),
  },
  authFailure: {
    source: `${PAGE}, response of failure; its HTTP status is not stated`,
    date: READ,
    made: 'documented',
    scene: played(401, fault('invalid_signature', 'invalid signature')),
  },
  refused: {
    source: `${PAGE} has no such code; the form is that of its response of failure`,
    date: READ,
    made: 'inferred',
    scene: played(404, fault('template_not_found', 'template not found')),
  },
  slowDown: {
    source: `${PAGE}, "Maximum 100 requests per minute"; how it says so is not stated`,
    date: READ,
    made: 'inferred',
    scene: played(429, fault('too_many_requests', 'too many requests'), { 'retry-after': '12' }),
  },
  unavailable: {
    source: 'RFC 9110, 15.6.4, as a load balancer answers',
    date: '2022-06',
    made: 'inferred',
    scene: played(503, '<html>Service unavailable</html>'),
  },
  unreadable: {
    source: `${PAGE}: an answer with neither error nor messageId is none of the two`,
    date: READ,
    made: 'inferred',
    scene: played(200, { status: 'submitted' }),
  },
  testGood: {
    source: `${PAGE} has no such code; the form is that of its response of failure`,
    date: READ,
    made: 'inferred',
    scene: played(400, fault('invalid_parameter', 'templateId is required')),
  },
  testBad: {
    source: `${PAGE}, response of failure`,
    date: READ,
    made: 'documented',
    scene: played(401, fault('invalid_signature', 'invalid signature')),
  },
};
