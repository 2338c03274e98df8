// Everything that the page asks of the gateway. A test holds each against the schema.

/** How many of the latest messages are listed. */
export const SHOWN = 50;

export const STATES = [
  'SCHEDULED',
  'QUEUED',
  'UNCONFIRMED',
  'SUBMITTED',
  'SENT',
  'DELIVERED',
  'READ',
  'FAILED',
  'EXPIRED',
  'CANCELED',
];

const MESSAGE = `id status to createdAt account { kind } content { ... on TemplateContent { text template { name } } }
  problem { code message provider { code message } }`;
export const BEGIN = '{ lastEventId viewer { project { name } apiKey { scopes } } }';
export const LIST = `query ($filter: MessageFilter) { messages(first: ${SHOWN}, filter: $filter) { edges { node { ${MESSAGE} } } } }`;
export const FIGURES = `{
  providerAccounts { id name kind health enabled sender baseUrl capabilities }
  ${STATES.map((state) => `${state}: messages(first: 1, filter: { statuses: [${state}] }) { totalCount }`).join('\n')}
}`;
export const HISTORY = `query ($id: ID!) { message(id: $id) {
  id reference providerMessageId events { type occurredAt }
  attempts { number outcome httpStatus durationMs failure { code message } request response account { name } }
} }`;
export const EVENTS = `subscription ($after: ID) { events(after: $after) { id type message { ${MESSAGE} } } }`;

export const TEMPLATES = `{ templates(first: 200) { edges { node {
  id name language channel body paramCount samples registrations { status account { name enabled deletedAt } }
} } } }`;
export const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  __typename ... on Message { id to } ... on Problem { code message field provider { code message } }
} }`;
