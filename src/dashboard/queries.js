// Everything that the page asks of the gateway. A test holds each against the schema.

/** How many of the latest messages are listed. */
export const SHOWN = 50;
/** The same of verifications. */
export const VERIFICATIONS_SHOWN = 20;
/** And of payments. */
export const PAYMENTS_SHOWN = 20;

export const STATES = [
  'RECEIVED',
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

const MESSAGE = `id direction status to from fromName recipientId createdAt account { kind }
  content { __typename
    ... on TemplateContent { text template { name } }
    ... on TextContent { text }
    ... on MediaContent { type mediaId url mimeType size filename caption }
    ... on InteractiveContent { text replyId buttons { title }
      list { button sections { title rows { title description } } } }
    ... on OrderContent { text }
    ... on UnknownContent { raw }
  }
  problem { code message provider { code message } }`;
// Neither the link nor its text: whoever has them could prove the number in its person’s place. What a provider says may
// quote them, so of that only the code.
const PROBLEM = 'problem { code message field provider { code } }';
const VERIFICATION = `id phone method status createdAt ${PROBLEM}`;
const MONEY = '{ value currency decimals }';
const WHOLE_PROBLEM = 'problem { code message field provider { code message } }';
const PAYMENT = `id referenceId to status orderStatus total ${MONEY} account { capabilities } paidWith createdAt
  ${WHOLE_PROBLEM}`;
export const BEGIN = '{ lastEventId viewer { project { name } apiKey { scopes } } }';
export const LIST = `query ($filter: MessageFilter) { messages(first: ${SHOWN}, filter: $filter) { edges { node { ${MESSAGE} } } } }`;
export const FIGURES = `{
  providerAccounts { id name kind health enabled sender baseUrl capabilities }
  viewer { project { blockedPrefixes { prefix started verified until } } }
  ${STATES.map((state) => `${state}: messages(first: 1, filter: { statuses: [${state}] }) { totalCount }`).join('\n')}
}`;
export const HISTORY = `query ($id: ID!) { message(id: $id) {
  id reference providerMessageId inReplyTo { id } fallbackOf { id } fallbacks { id status } events { type occurredAt }
  attempts { number outcome httpStatus durationMs failure { code message } request response account { name } }
} }`;
export const VERIFICATIONS = `{ verifications(first: ${VERIFICATIONS_SHOWN}) { edges { node { ${VERIFICATION} } } } }`;
export const STEPS = `query ($id: ID!) { verification(id: $id) {
  id reference expiresAt verifiedAt checksLeft events { type occurredAt data }
  steps { method startedAt account { name } ${PROBLEM} }
} }`;
export const PAYMENTS = `{ payments(first: ${PAYMENTS_SHOWN}) { edges { node { ${PAYMENT} } } } }`;
export const PAYMENT_STORY = `query ($id: ID!) { payment(id: $id) {
  id referenceId checkoutUrl transactionId paidAt expiresAt events { type occurredAt data }
  messages { ${MESSAGE} }
  notices { id receivedAt status amount ${MONEY} paidWith transactionId acceptedAt ${WHOLE_PROBLEM} }
} }`;
export const ACCEPT = `mutation ($id: ID!, $reason: String!) { acceptPaymentNotice(id: $id, reason: $reason) {
  __typename ... on Payment { ${PAYMENT} } ... on Problem { code message field provider { code message } }
} }`;
export const EVENTS = `subscription ($after: ID) { events(after: $after) {
  id type message { ${MESSAGE} payment { ${PAYMENT} } } verification { ${VERIFICATION} } payment { ${PAYMENT} }
} }`;

export const SENDABLE = `{
  providerAccounts { id name enabled capabilities }
  templates(first: 200) { edges { node {
    name language channel body paramCount samples header { format paramCount } buttons { type text takesParam }
    registrations { status account { enabled deletedAt } }
  } } }
}`;
export const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  __typename ... on Message { id to } ... on Problem { code message field provider { code message } }
} }`;
