/** Exotel's answers, from its payments page and the table of codes there. */
import { PLAYER, type Answer, type Scene, type Tape } from './player.js';
import { type SceneName } from './messaging.contract.js';
import { PNG } from './samples.js';

export const EXOTEL_SEND = '/v2/accounts/kurir1/messages';
export const EXOTEL_SID = '2FdiiEQUosckPhpZfuVwfjxiSlc16a4';
export const EXOTEL_FILE = '/files/wamid-0001.png';

const PAGE = 'Exotel support portal, "WhatsApp Payments APIs"';
const READ = '2024-12';

/** An answer to messages: HTTP 202, whatever came of each of them. */
export function answered(...messages: unknown[]): Answer {
  const failed = messages.filter((each) => (each as { data: unknown }).data === null).length;
  const total = messages.length;
  return {
    status: 202,
    body: JSON.stringify({
      request_id: 'b434e92f6d5c4f0a8c1e2d3b4a596877',
      method: 'POST',
      http_code: 202,
      metadata: { failed, total, success: total - failed },
      response: { whatsapp: { messages } },
    }),
  };
}

export const taken = (sid: string): unknown => ({ code: 202, error_data: null, status: 'success', data: { sid } });

export const notTaken = (code: number, error_data: unknown): unknown => ({
  code,
  error_data,
  status: 'failed',
  data: null,
});

/** An answer to the request as a whole. */
const whole = (status: number, message: string, headers: Record<string, string> = {}): Scene => ({
  [EXOTEL_SEND]: [
    {
      status,
      headers,
      body: JSON.stringify({
        request_id: 'b434e92f6d5c4f0a8c1e2d3b4a596877',
        method: 'POST',
        http_code: status,
        response: {
          code: status,
          error_data: { code: status, message, description: '' },
          status: 'failed',
          data: null,
        },
      }),
    },
  ],
});

export const exotelTapes: Readonly<Record<SceneName, Tape>> = {
  accepted: {
    source: `${PAGE}, sample of the answer`,
    date: READ,
    made: 'documented',
    scene: { [EXOTEL_SEND]: [answered(taken(EXOTEL_SID))] },
  },
  refused: {
    source: `${PAGE}, "Create Message Response Object"; the word of a failure and this code of it are not printed`,
    date: READ,
    made: 'inferred',
    scene: {
      [EXOTEL_SEND]: [
        answered(
          notTaken(400, { code: 30024, message: 'EX_TEMPLATE_NOT_FOUND', description: 'Template does not exist' }),
        ),
      ],
    },
  },
  authFailure: {
    source: `${PAGE}, "HTTP Error codes"; the body is not printed`,
    date: READ,
    made: 'documented',
    scene: whole(401, 'Unauthorized'),
  },
  slowDown: {
    source: 'Exotel /docs, API errors: 200 requests a minute for most endpoints',
    date: '2025-06',
    made: 'inferred',
    scene: whole(429, 'Too Many Requests', { 'retry-after': '12' }),
  },
  unavailable: {
    source: 'RFC 9110, 15.6.4, as a load balancer answers',
    date: '2022-06',
    made: 'inferred',
    scene: { [EXOTEL_SEND]: [{ status: 503, body: '<html>Service unavailable</html>' }] },
  },
  unreadable: {
    source: `${PAGE}: the sample of the answer ends with a comma too many, as it is printed`,
    date: READ,
    made: 'documented',
    scene: {
      [EXOTEL_SEND]: [
        { status: 202, body: '{"response":{"whatsapp":{"messages":[{"code":202,"data":{"sid":"2Fdi",}}]}}}' },
      ],
    },
  },
  testGood: {
    source: `${PAGE}, "HTTP Error codes": something in the body is missing`,
    date: READ,
    made: 'documented',
    scene: whole(400, 'Bad Request'),
  },
  testBad: {
    source: `${PAGE}, "HTTP Error codes"; the body is not printed`,
    date: READ,
    made: 'documented',
    scene: whole(401, 'Unauthorized'),
  },
};

export const exotelMedia = {
  path: EXOTEL_FILE,
  reference: PLAYER + EXOTEL_FILE,
  answered: {
    source: 'Exotel api/receive-messages: the `url` of a file is its download',
    date: '2024-05',
    made: 'inferred',
    scene: { [EXOTEL_FILE]: [{ status: 200, headers: { 'content-type': 'image/png' }, body: PNG }] },
  },
  told: { bytes: PNG, mimeType: 'image/png' },
  takesAnyBody: true,
} as const;
