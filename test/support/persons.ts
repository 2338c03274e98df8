/** Persons who write to accounts, as the simulated providers tell of it, and what the gateway makes of that. */
import { expect } from 'vitest';
import { type InboundInput } from '../../src/simulator/inbox.js';
import {
  type ConnectedAccount,
  EXOTEL_CREDENTIALS,
  META_CREDENTIALS,
  PROBLEM,
  WAPPIN_CREDENTIALS,
  type World,
} from './world.js';

/** An account whose provider passes on what persons write. */
export interface Listener extends ConnectedAccount {
  readonly kind: 'WAPPIN' | 'EXOTEL' | 'META';
  /** What the simulator calls it. */
  readonly simulated: string;
}

/** The world's own accounts that hear persons. */
export const listenersOf = ({ wappin, exotel, meta }: World): Readonly<Record<Listener['kind'], Listener>> => ({
  WAPPIN: { ...wappin, kind: 'WAPPIN', simulated: WAPPIN_CREDENTIALS.clientId },
  EXOTEL: { ...exotel, kind: 'EXOTEL', simulated: EXOTEL_CREDENTIALS.accountSid },
  META: { ...meta, kind: 'META', simulated: META_CREDENTIALS.phoneNumberId },
});

export type Written = Omit<InboundInput, 'kind' | 'account' | 'clientId'>;
type Address = Pick<Listener, 'kind' | 'simulated'>;

/** A person writes, and the provider tells the gateway of it. Answers the provider's id of it. */
export async function write(world: World, to: Address, written: Written): Promise<string> {
  const posted = await world.simulator.receive({ kind: to.kind, account: to.simulated, ...written });
  if (typeof posted === 'string') throw new Error(`Nobody can write that: it ${posted}.`);
  expect(posted.filter(({ taken }) => !taken)).toEqual([]);
  await world.quiet();
  return posted[0]!.messageId;
}

export const INBOUND_FIELDS = `id direction status channel priority from to recipientId fromName providerMessageId reference
  metadata problem { code } createdAt sentAt readAt account { id kind } inReplyTo { id } attempts { id }
  content { __typename ... on TextContent { text } ... on MediaContent { type url mediaId mimeType filename caption }
    ... on InteractiveContent { text replyId buttons { id } list { button } } ... on UnknownContent { raw } }
  events { type sequence occurredAt data }`;

/** All messages that persons wrote under this id of the provider's. */
export async function heard(world: Pick<World, 'ask'>, providerMessageId: string): Promise<any[]> {
  const { messages } = await world.ask(
    `{ messages(first: 200, filter: { direction: INBOUND }) { edges { node { ${INBOUND_FIELDS} } } } }`,
  );
  return messages.edges
    .map(({ node }: any) => node)
    .filter((message: any) => message.providerMessageId === providerMessageId);
}

/** In a world with a clock: a person writes; answers the one message that came of it. */
export async function hear(world: World, to: Address, written: Written): Promise<any> {
  const messages = await heard(world, await write(world, to, written));
  expect(messages).toHaveLength(1);
  return messages[0];
}

/** What an account sent to a person, as the provider has it, oldest first. */
export const sentTo = (
  world: World,
  by: Address,
  recipient: string,
): ReturnType<World['simulator']['ledger']['messages']> =>
  world.simulator.ledger
    .messages({ kind: by.kind, account: by.simulated, recipient: recipient.replace('+', '') })
    .reverse();

/** The events after `after` as the log tells them, of these types or of all. */
export async function told(world: Pick<World, 'ask'>, after: string | null, ...types: string[]): Promise<any[]> {
  const { events } = await world.ask(
    `query ($after: ID, $types: [EventType!]) { events(first: 200, after: $after, types: $types) {
      edges { node { id type sequence occurredAt data } } } }`,
    { after, ...(types.length > 0 && { types }) },
  );
  return events.edges.map(({ node }: any) => node);
}

export const logEnd = async (world: Pick<World, 'ask'>): Promise<string | null> =>
  (await world.ask('{ lastEventId }')).lastEventId;

/** A free text through one account. */
export const text = (
  to: string,
  body: string,
  by?: Pick<Listener, 'id'>,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({ to, content: { text: { text: body } }, ...(by && { accountId: by.id }), ...more });

export const CONTACT = `phone recipientId consent { phone recipientId optedOut reason changedAt }
  windows { account { id } lastInboundAt closesAt }`;

/** By `phone` or `recipientId`, perhaps at one account. */
export const contact = async (world: Pick<World, 'ask'>, asked: Record<string, unknown>): Promise<any> =>
  (
    await world.ask(
      `query ($phone: String, $recipientId: String, $accountId: ID) {
        contact(phone: $phone, recipientId: $recipientId, accountId: $accountId) { ${CONTACT} } }`,
      asked,
    )
  ).contact;

export const AUTO_REPLY = `id account { id } keyword enabled deletedAt content { __typename
  ... on TextContent { text } ... on TemplateContent { text params } ... on InteractiveContent { text buttons { id title } } }`;

/** The reply, or the Problem. */
export const setAutoReply = async (world: Pick<World, 'ask'>, input: Record<string, unknown>): Promise<any> =>
  (
    await world.ask(
      `mutation ($input: AutoReplyInput!) { setAutoReply(input: $input) { __typename ... on AutoReply { ${AUTO_REPLY} } ${PROBLEM} } }`,
      { input },
    )
  ).setAutoReply;
