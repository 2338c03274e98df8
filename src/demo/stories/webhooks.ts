import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { granted, type Merchant, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Story } from '../story.js';
import { bill } from './wappin.js';

const WAYAN = '+62 896 0001 0016';
const NAME = 'the shop’s system';
/** By hand, after a failure; the first retry by itself would come after 5 s. */
const RETRY = `mutation ($id: ID!) { retryWebhookDelivery(id: $id) { __typename ... on WebhookDelivery { id } ${PROBLEM} } }`;

/** The shop’s own system: it verifies what it is told, as docs/webhooks.md shows. */
interface Till {
  readonly url: string;
  /** What it was told and believed, in order: `message.sent`. */
  readonly told: readonly string[];
  secret: string;
  /** Resolves with its answer to the next request that `fits`. */
  next(fits: (type: string) => boolean): Promise<number>;
  /** It answers the next one with this. */
  failWith(status: number): void;
  close(): void;
}

export const webhooks: Chapter = {
  heading: 'Webhooks: the shop’s own system is told, by signed requests',
  async tell(story) {
    const till = await openTill();
    try {
      const endpointId = await listen(story.shop, till);
      await test(story, till, endpointId);
      await hear(story, till);
      await replay(story, till, endpointId);
    } finally {
      till.close();
      await forgetEndpoints(story.shop);
    }
  },
};

async function listen(shop: Merchant, till: Till): Promise<string> {
  // Those of an earlier run that was killed.
  await forgetEndpoints(shop);
  const answer = await shop.ask<{ createWebhookEndpoint: { endpoint: { id: string }; secret: string } | Refusal }>(
    `mutation ($url: URL!) { createWebhookEndpoint(input: { url: $url, eventTypes: [MESSAGE_SENT, MESSAGE_DELIVERED, MESSAGE_READ] }) {
      __typename ... on WebhookEndpointWithSecret { endpoint { id } secret } ${PROBLEM} } }`,
    { url: till.url },
  );
  const { endpoint, secret } = granted(answer.createWebhookEndpoint, NAME);
  till.secret = secret;
  return endpoint.id;
}

/** It fails the first time; the same event is sent again, and believed. */
async function test(story: Story, till: Till, endpointId: string): Promise<void> {
  const { shop } = story;
  till.failWith(500);
  const failed = till.next((type) => type === 'webhook.test');
  const answer = await shop.ask<{ sendTestEvent: { id: string } | Refusal }>(
    `mutation ($id: ID!) { sendTestEvent(endpointId: $id) { __typename ... on WebhookDelivery { id } ${PROBLEM} } }`,
    { id: endpointId },
  );
  const { id } = granted(answer.sendTestEvent, 'a test');
  await failed;
  const again = till.next((type) => type === 'webhook.test');
  await attempts(shop, id);
  granted(
    (await shop.ask<{ retryWebhookDelivery: { id: string } | Refusal }>(RETRY, { id })).retryWebhookDelivery,
    NAME,
  );
  const status = await again;
  story.note(
    { provider: null, what: 'a test, the second time', who: NAME, state: 'TOLD', detail: 'verified by its signature' },
    status === 204 ? undefined : `it was answered ${status}`,
  );
}

/** What becomes of a message, in order. */
async function hear(story: Story, till: Till): Promise<void> {
  const before = till.told.length;
  const read = till.next((type) => type === 'message.read');
  const { end } = await story.send({
    title: 'told to the shop',
    input: bill(WAYAN, '034580'),
    ends: 'READ',
  });
  await end;
  await read;
  const told = till.told.slice(before).join(', ');
  story.note(
    { provider: null, what: 'how far it came', who: NAME, state: 'TOLD', detail: told },
    told === 'message.sent, message.delivered, message.read' ? undefined : `it was told ${told || 'nothing'}`,
  );
}

/** All of it once more, as after a night in which the shop’s system was away. */
async function replay(story: Story, till: Till, endpointId: string): Promise<void> {
  const read = till.next((type) => type === 'message.read');
  const answer = await story.shop.ask<{ replayEvents: { count: number } | Refusal }>(
    `mutation ($id: ID!, $from: DateTime!) { replayEvents(endpointId: $id, from: $from, types: [MESSAGE_READ]) {
      __typename ... on Replay { count } ${PROBLEM} } }`,
    { id: endpointId, from: new Date(Date.now() - 60_000) },
  );
  const { count } = granted(answer.replayEvents, 'a replay');
  await read;
  story.note({
    provider: null,
    what: `${count} of the last minute again`,
    who: NAME,
    state: 'TOLD',
    detail: 'by a replay',
  });
}

/** Waits until the first attempt is written down: a retry then is a second one. */
async function attempts(shop: Merchant, id: string): Promise<void> {
  for (;;) {
    const { node } = await shop.ask<{ node: { attempts: object[] } }>(
      'query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { attempts { at } } } }',
      { id },
    );
    if (node.attempts.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function forgetEndpoints(shop: Merchant): Promise<void> {
  const { webhookEndpoints } = await shop.ask<{ webhookEndpoints: { id: string }[] }>('{ webhookEndpoints { id } }');
  for (const { id } of webhookEndpoints)
    await shop.ask('mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) { __typename } }', { id });
}

async function openTill(): Promise<Till> {
  const told: string[] = [];
  const waiting = new Set<{ fits: (type: string) => boolean; resolve: (status: number) => void }>();
  let failure: number | null = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { type } = JSON.parse(body.toString('utf8')) as { type: string };
      const status = failure ?? (isGenuine(till.secret, request.headers as Record<string, string>, body) ? 204 : 401);
      failure = null;
      if (status === 204) told.push(type);
      response.writeHead(status).end();
      for (const one of waiting) {
        if (!one.fits(type)) continue;
        waiting.delete(one);
        one.resolve(status);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const till: Till = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/kurir`,
    told,
    secret: '',
    next: (fits) => new Promise((resolve) => waiting.add({ fits, resolve })),
    failWith: (status) => void (failure = status),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return till;
}

/** As the standard has it: over the id, the time and the very bytes. */
function isGenuine(secret: string, headers: Readonly<Record<string, string>>, body: Buffer): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
  const expected = createHmac('sha256', key).update(signed).update(body).digest();
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature.replace('v1,', ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
