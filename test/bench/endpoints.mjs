// Webhook endpoints: where they listen, and how the gateway hears of them.
import { query } from './postgres.mjs';
import { freePort } from './processes.mjs';

const SETTLE_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 50;
const PROBLEM = '... on Problem { code message field }';

/** Has the helper listen for each name; answers the addresses by it. */
export async function openEndpoints(receivers, names) {
  const ports = {};
  for (const name of names) ports[name] = await freePort();
  await receivers.ask('open', { ports });
  return Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${ports[name]}`]));
}

/** Answers its id. */
export async function createEndpoint(gateway, url) {
  const { endpoint } = await gateway.call(
    `mutation ($input: WebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
       __typename ... on WebhookEndpointWithSecret { endpoint { id } } ${PROBLEM} } }`,
    { input: { url: `${url}/hooks` } },
  );
  return endpoint.id;
}

export async function enableEndpoint(gateway, id, enabled) {
  await gateway.call(
    `mutation ($id: ID!, $input: WebhookEndpointPatch!) { updateWebhookEndpoint(id: $id, input: $input) {
       __typename ... on WebhookEndpoint { id } ${PROBLEM} } }`,
    { id, input: { enabled } },
  );
}

/** Those that are not DELIVERED, and the events that have none yet. */
export const openDeliveries = (url) =>
  query(
    url,
    `select ((select count(*) from webhook_deliveries where status <> 'DELIVERED') +
             (select count(*) from events where id > (select position from webhook_fan_out)))::int as count`,
    ([{ count }]) => count,
  );

export async function until(fact, what) {
  const end = Date.now() + SETTLE_WITHIN_MS;
  while (!(await fact())) {
    if (Date.now() > end) throw new Error(`Waited ${SETTLE_WITHIN_MS / 1_000} s in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
