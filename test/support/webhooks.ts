import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { newId, uuidOf } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { EventLog } from '../../src/events/event-log.js';
import { type NewEvent } from '../../src/events/event-types.js';
import { type Gateway, onFreePort } from './gateway.js';
import { until } from './until.js';
import { PROBLEM, type World } from './world.js';

type Ask = World['ask'];

/** A request that an endpoint got. */
export interface Hit {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The very bytes. */
  readonly body: string;
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: any };
  readonly path: string;
  readonly at: number;
}

export type Answering = (hit: Hit, response: ServerResponse, request: IncomingMessage) => void;

/** A merchant's own server. */
export interface Receiver {
  readonly url: string;
  readonly hits: readonly Hit[];
  /** From now on it answers so; 200 at first. */
  answer(how: Answering | number): void;
  /** The first `count` hits, once they are there. */
  first(count: number): Promise<readonly Hit[]>;
  close(): Promise<void>;
}

export async function startReceiver(how: Answering | number = 200): Promise<Receiver> {
  const hits: Hit[] = [];
  let answering = how;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const headers = request.headers as Record<string, string>;
      const id = headers['webhook-id'] ?? '';
      const hit = { id, headers, body, event: JSON.parse(body), path: request.url ?? '', at: performance.now() };
      hits.push(hit);
      if (typeof answering === 'number') response.writeHead(answering).end();
      else answering(hit, response, request);
    });
  });
  await onFreePort(
    (port) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(Number(port), '127.0.0.1', resolve);
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    hits,
    answer: (next) => void (answering = next),
    first: (count) => until(() => hits.length >= count && hits.slice(0, count), `${count} hits`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Throws unless the standard's own library finds the hit genuine. */
export function verify(secret: string, { headers, body }: Hit): void {
  new Webhook(secret).verify(body, headers);
}

const ENDPOINT = 'id url eventTypes enabled disabledReason createdAt deletedAt';
const DELIVERY = `id status nextAttemptAt endpoint { ${ENDPOINT} } event { id type sequence data }
  attempts { at responseStatus responseBody error durationMs }`;

/** What a project does with its webhooks; each answers the thing or the Problem. */
export function webhooksOf(ask: Ask) {
  const one = async (field: string, args: string, type: string, fields: string, variables: object): Promise<any> => {
    const query = `mutation (${args}) { ${field} { __typename ... on ${type} { ${fields} } ${PROBLEM} } }`;
    return Object.values((await ask(query, variables as Record<string, unknown>)) as object)[0];
  };
  const secret = `endpoint { ${ENDPOINT} } secret`;
  return {
    create: (url: string, eventTypes: readonly string[] = []) =>
      one(
        'createWebhookEndpoint(input: $input)',
        '$input: WebhookEndpointInput!',
        'WebhookEndpointWithSecret',
        secret,
        { input: { url, eventTypes } },
      ),
    update: (id: string, input: object) =>
      one(
        'updateWebhookEndpoint(id: $id, input: $input)',
        '$id: ID!, $input: WebhookEndpointPatch!',
        'WebhookEndpoint',
        ENDPOINT,
        { id, input },
      ),
    rotate: (id: string) =>
      one('rotateWebhookSecret(id: $id)', '$id: ID!', 'WebhookEndpointWithSecret', secret, { id }),
    remove: (id: string) => one('deleteWebhookEndpoint(id: $id)', '$id: ID!', 'Deleted', 'id', { id }),
    retry: (id: string) => one('retryWebhookDelivery(id: $id)', '$id: ID!', 'WebhookDelivery', DELIVERY, { id }),
    test: (endpointId: string) =>
      one('sendTestEvent(endpointId: $id)', '$id: ID!', 'WebhookDelivery', DELIVERY, { id: endpointId }),
    replay: (endpointId: string, more: { from: Date; to?: Date; types?: readonly string[]; failedOnly?: boolean }) =>
      one(
        'replayEvents(endpointId: $endpointId, from: $from, to: $to, types: $types, failedOnly: $failedOnly)',
        '$endpointId: ID!, $from: DateTime!, $to: DateTime, $types: [EventType!], $failedOnly: Boolean! = false',
        'Replay',
        'id count done finishedAt',
        { endpointId, ...more },
      ),
    replayed: async (id: string): Promise<any> =>
      (await ask('query ($id: ID!) { replay(id: $id) { id count done finishedAt } }', { id })).replay,
    endpoints: async (): Promise<any[]> => (await ask(`{ webhookEndpoints { ${ENDPOINT} } }`)).webhookEndpoints,
    /** Newest first, one page. */
    deliveries: async (filter: { endpointId?: string; status?: string; first?: number } = {}): Promise<any[]> =>
      (
        await ask(
          `query ($first: Int, $endpointId: ID, $status: DeliveryStatus) {
             webhookDeliveries(first: $first, endpointId: $endpointId, status: $status) { edges { node { ${DELIVERY} } } } }`,
          { first: 200, ...filter },
        )
      ).webhookDeliveries.edges.map(({ node }: any) => node),
    delivery: async (id: string): Promise<any> =>
      (await ask(`query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { ${DELIVERY} } } }`, { id })).node,
  };
}

/** Has an address called with a test event, and answers the delivery after its first attempt. */
export async function triedAt(hooks: ReturnType<typeof webhooksOf>, url: string): Promise<any> {
  const { endpoint } = await hooks.create(url, ['PAYMENT_PAID']);
  return firstAttempt(hooks, endpoint.id);
}

/** The same with an endpoint that is there. */
export async function firstAttempt(hooks: ReturnType<typeof webhooksOf>, endpointId: string): Promise<any> {
  const { id } = await hooks.test(endpointId);
  await until(async () => (await hooks.delivery(id)).attempts.length > 0, 'a first attempt');
  // Where it stands was read before its attempts were.
  return hooks.delivery(id);
}

/** The project that an admin's key is of, as rows name it. */
export async function projectOf(ask: Ask): Promise<string> {
  const { viewer } = await ask('{ viewer { project { id } } }');
  return uuidOf('prj', viewer.project.id as string)!;
}

/** An event as some room would write it; each is of a message of its own unless `subjectId` says another. */
export function anEvent(projectId: string, over: Partial<NewEvent> = {}): NewEvent {
  const now = over.recordedAt ?? new Date();
  return {
    ...{ projectId, type: 'MESSAGE_DELIVERED', subjectKind: 'message', subjectId: newId(), sequence: 1 },
    ...{ occurredAt: now, recordedAt: now, data: { message: { id: 'msg_1', status: 'DELIVERED' } } },
    ...over,
  };
}

/** Writes events into the log as a room does: at once in one transaction, and tells of them. */
export async function writeEvents(gateway: Gateway, events: readonly NewEvent[]): Promise<void> {
  const log = gateway.app.nest.get(EventLog);
  await gateway.app.nest.get(Database).transaction((sql) => log.append(sql, events));
  log.announce();
}
