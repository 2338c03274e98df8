/** The other side of the simulator, for tests: clients of its providers, persons who write to SendTalk, and somebody who takes callbacks. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type PostedCallback } from '../../src/simulator/callbacks.js';
import { DOKU_MESSAGES_PATH } from '../../src/simulator/doku/doku-paychat-api.js';
import { dokuDigest, dokuSignature } from '../../src/simulator/doku/doku-signature.js';
import { type PersonSends, type WebhookByHand } from '../../src/simulator/sendtalk/sendtalk-control.js';
import { type SimulatedVerification, type Verdict } from '../../src/simulator/sendtalk/sendtalk-verifications.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
}

/** Rejects when the line ends before the answer does. */
export async function post(url: string, headers: Record<string, string>, body: string): Promise<HttpAnswer> {
  return answered(await fetch(url, { method: 'POST', headers, body }));
}

async function answered(response: Response): Promise<HttpAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export interface DokuRequest {
  readonly body: string;
  readonly requestId: string;
  readonly timestamp?: string;
  readonly clientId?: string;
  readonly secretKey?: string;
  /** In place of, or besides, what a right request has; undefined leaves one out. */
  readonly headers?: Record<string, string | undefined>;
}

/** A PAYCHAT request, signed rightly unless told otherwise. */
export const postAsDokuClient = (baseUrl: string, request: DokuRequest): Promise<HttpAnswer> =>
  callDoku(baseUrl, DOKU_MESSAGES_PATH, { timestamp: '1717171717171', ...request });

/** Any request of DOKU's, signed rightly unless told otherwise; a GET where there is no body. */
export async function callDoku(
  baseUrl: string,
  target: string,
  request: Omit<DokuRequest, 'body'> & { readonly body?: string },
): Promise<HttpAnswer> {
  const {
    clientId = 'BRN-0001-1700000000000',
    secretKey = 'SK-PaychatTestSecret01',
    timestamp = '2024-05-31T16:08:37Z',
    requestId,
    body,
  } = request;
  const digest = body === undefined ? undefined : dokuDigest(Buffer.from(body));
  const headers = present({
    'Content-Type': body === undefined ? undefined : 'application/json',
    'Client-Id': clientId,
    'Request-Id': requestId,
    'Request-Timestamp': timestamp,
    Signature: dokuSignature({ clientId, requestId, timestamp, target, digest }, secretKey),
    ...request.headers,
  });
  return body === undefined
    ? answered(await fetch(baseUrl + target, { headers }))
    : post(baseUrl + target, headers, body);
}

/** DOKU's back office, its notices, and the person who pays: `/_simulator/doku/{what}`; a GET where there is no input. */
export async function dokuControl(
  baseUrl: string,
  what: string,
  input?: object,
): Promise<{ status: number; body: any }> {
  const url = `${baseUrl}/_simulator/doku/${what}`;
  return input === undefined ? answered(await fetch(url)) : post(url, {}, JSON.stringify(input));
}

export interface WappinClient {
  readonly token: string;
  call(path: string, body: unknown, headers?: Record<string, string | undefined>): Promise<HttpAnswer>;
  /** do-send-hsm of `templ_uat_2`, with `change` over its fields. */
  send(recipient: string, change?: Record<string, unknown>): Promise<HttpAnswer>;
}

/** A client of the default Wappin account, with a token. */
export async function wappinClient(baseUrl: string, clientId: string, secretKey: string): Promise<WappinClient> {
  const basic = Buffer.from(`${clientId}:${secretKey}`).toString('base64');
  const { body } = await post(`${baseUrl}/v1/token/get`, { Authorization: `Basic ${basic}` }, '');
  const { access_token: token } = (body as { data: { access_token: string } }).data;
  const call: WappinClient['call'] = (path, input, headers = {}) =>
    post(
      baseUrl + path,
      present({ 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers }),
      typeof input === 'string' ? input : JSON.stringify(input),
    );
  return {
    token,
    call,
    send: (recipient, change = {}) =>
      call('/v1/message/do-send-hsm', {
        client_id: clientId,
        project_id: '52',
        type: 'templ_uat_2',
        recipient_number: recipient,
        params: { '1': 'Anniv Grace', '2': '2018-10-10 19:26:36' },
        ...change,
      }),
  };
}

/** A message of Exotel's: a text where no other content is given. */
export interface ExotelMessageInput {
  readonly to?: unknown;
  readonly from?: unknown;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

export interface ExotelClient {
  /** Any body, with `headers` over the right ones. */
  call(body: unknown, headers?: Record<string, string | undefined>): Promise<HttpAnswer>;
  /** A request in the form with `whatsapp`, with `request` beside it. */
  send(messages: readonly ExotelMessageInput[], request?: Record<string, unknown>): Promise<HttpAnswer>;
}

/** A client of the default Exotel account. */
export function exotelClient(baseUrl: string, accountSid = 'kurir1'): ExotelClient {
  // "Basic a2V5MTIzOnRva2VuNDU2" is key123:token456.
  const right = { 'Content-Type': 'application/json', Authorization: 'Basic a2V5MTIzOnRva2VuNDU2' };
  const call: ExotelClient['call'] = (body, headers = {}) =>
    post(
      `${baseUrl}/v2/accounts/${accountSid}/messages`,
      present({ ...right, ...headers }),
      typeof body === 'string' ? body : JSON.stringify(body),
    );
  const content = { recipient_type: 'individual', type: 'text', text: { body: 'hi' } };
  return {
    call,
    send: (messages, request = {}) =>
      call({
        ...request,
        whatsapp: {
          messages: messages.map((message) => ({ from: '+918047104710', to: '+919812345678', content, ...message })),
        },
      }),
  };
}

const SENDTALK_PATHS = {
  send_whatsapp: '/api/v1/message/send_whatsapp',
  get_status: '/api/v1/message/get_status',
  create_whatsapp_verification: '/api/v1/verification/create_whatsapp_verification',
} as const;

/** A call of SendTalk's with the default account's key, with `headers` over the right ones. */
export function callSendTalk(
  baseUrl: string,
  call: keyof typeof SENDTALK_PATHS,
  body: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<HttpAnswer> {
  return post(
    baseUrl + SENDTALK_PATHS[call],
    present({ 'Content-Type': 'application/json', 'API-Key': 'sendtalk-api-key-01', ...headers }),
    typeof body === 'string' ? body : JSON.stringify(body),
  );
}

/** A webhook that was posted. */
export type PostedWebhook = Omit<PostedCallback, 'at'>;

export interface PersonSent {
  readonly outcome: Verdict;
  /** The verification that the text is of. */
  readonly id: string | null;
  /** Those that were posted at once. */
  readonly webhook: readonly PostedWebhook[];
}

/** A person sends a WhatsApp text to SendTalk. Throws where the simulator does not understand that. */
export const personSends = (baseUrl: string, sent: PersonSends): Promise<PersonSent> =>
  sendTalkControl<PersonSent>(baseUrl, 'verifications/send', sent);

/** Posts a webhook of SendTalk's, right or wrong. Answers how it was taken. */
export const postSendTalkWebhook = async (baseUrl: string, webhook: WebhookByHand): Promise<readonly PostedWebhook[]> =>
  (await sendTalkControl<{ posted: readonly PostedWebhook[] }>(baseUrl, 'webhook', webhook)).posted;

/** A verification as the simulator lists it. */
export type ListedVerification = Pick<
  SimulatedVerification,
  'id' | 'account' | 'userPhone' | 'waMessage' | 'waLink'
> & {
  /** ISO 8601, as the other times. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly verifiedAt: string | null;
};

/** Those that were made, newest first. */
export async function sendTalkVerifications(
  baseUrl: string,
  filter: {
    readonly id?: string;
    readonly account?: string;
    readonly userPhone?: string;
    readonly limit?: string;
  } = {},
): Promise<readonly ListedVerification[]> {
  const response = await fetch(
    `${baseUrl}/_simulator/sendtalk/verifications?${new URLSearchParams(filter).toString()}`,
  );
  return ((await response.json()) as { verifications: ListedVerification[] }).verifications;
}

async function sendTalkControl<Said>(baseUrl: string, what: string, input: object): Promise<Said> {
  const { status, body } = await post(`${baseUrl}/_simulator/sendtalk/${what}`, {}, JSON.stringify(input));
  if (status !== 200) throw new Error(`The simulator refused ${what}: ${(body as { message: string }).message}`);
  return body as Said;
}

export interface ReceivedCallback {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: any;
  /** The same as it came, for whoever signs it. */
  readonly text: string;
}

export interface CallbackReceiver {
  readonly url: string;
  readonly received: readonly ReceivedCallback[];
  /** The rest are answered with this; `{"status":"000"}` at first. */
  answerWith(status: number, body: string): void;
  /** Settles when so many have come. */
  until(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Takes callbacks on a free port. */
export async function receiveCallbacks(): Promise<CallbackReceiver> {
  const received: ReceivedCallback[] = [];
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  let answer = { status: 200, body: '{"status":"000"}' };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text), text });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      for (const { count, go } of waiting) if (received.length >= count) go();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/key/callback`,
    received,
    answerWith: (status, body) => (answer = { status, body }),
    until: (count) =>
      new Promise((resolve) => (received.length >= count ? resolve() : void waiting.push({ count, go: resolve }))),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function present(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
