import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.js';
import { newId, publicId } from '../../common/ids.js';
import { beginningOf } from '../../common/text.js';
import { type Sql } from '../../database/database.js';
import { type NewEvent } from '../../events/event-types.js';
import { type ExpectedFile, MediaService } from '../../media/media.service.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type Family } from '../../providers/callback-families.js';
import { type InboundContent, type InboundMessage } from '../../providers/ports/callbacks.js';
import { type MessageContent } from '../message-content.js';
import { type Message, messageEvent, UNTOUCHED } from '../message-row.js';
import { OptOutsService, type Word } from '../opt-outs.service.js';
import { AutoReplies } from './auto-replies.service.js';
import { ConversationsService } from './conversations.service.js';
import { wordOf } from './consent-words.js';
import { insertInbound } from './inbound-row.js';

/** NORMAL. */
const PRIORITY = 1;

/** Something that a person wrote, with the account to which. */
interface Kept {
  readonly account: ProviderAccount;
  readonly observation: InboundMessage;
  readonly message: Message;
}

/** What a person wrote, as whoever is asked before the auto replies hears it. */
export interface Written {
  readonly account: ProviderAccount;
  readonly message: Message;
  /** E.164 of the person; null where the provider keeps it back and it was never told. */
  readonly phone: string | null;
  /** A text, the words beside a file or what was chosen; null where there are none. */
  readonly text: string | null;
  /** When it was written, by the provider's clock where it gives a time. */
  readonly at: Date;
}

/** What came of asking. */
export interface HeardFirst {
  /** The ids of messages that are answered: no auto reply goes to them. */
  readonly answered: ReadonlySet<string>;
  readonly events: readonly NewEvent[];
  /** Accounts with answers to send. */
  readonly accountIds: readonly string[];
}

/** A room that is asked about what persons wrote, inside the transaction, before it is answered by an auto reply. */
export type HearFirst = (sql: Sql, projectId: string, written: readonly Written[]) => Promise<HeardFirst>;

export interface Heard {
  /** The places of what was written to no account that we know. */
  readonly unknown: number[];
  readonly events: NewEvent[];
  /** Accounts with files to fetch, and with replies to send. */
  readonly withFiles: string[];
  readonly withReplies: string[];
}

/** What persons write: kept once, with all that follows from it in the same transaction. */
@Injectable()
export class InboundMessages {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly optOuts: OptOutsService,
    private readonly media: MediaService,
    private readonly replies: AutoReplies,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Keeps what is new of it, inside the caller's transaction; a repeat changes nothing. */
  async apply(sql: Sql, family: Family, observations: readonly InboundMessage[], hearFirst: HearFirst): Promise<Heard> {
    const now = this.clock.now();
    const unknown: number[] = [];
    const written = new Map<string, Kept>();
    for (const [index, observation] of observations.entries()) {
      const account = family.accountFor(observation.mailbox);
      const person = observation.from ?? observation.recipientId;
      if (!account || person === null) unknown.push(index);
      else {
        const message = rowOf(account, observation, person, now);
        written.set(`${account.id} ${observation.reference}`, { account, observation, message });
      }
    }
    const fresh = await this.fileReferences(sql, family.receiver.projectId, [...written.values()]);
    if (fresh.length === 0) return { unknown, events: [], withFiles: [], withReplies: [] };
    return { unknown, ...(await this.keep(sql, family.receiver.projectId, fresh, hearFirst, now)) };
  }

  private async keep(
    sql: Sql,
    projectId: string,
    fresh: readonly Kept[],
    hearFirst: HearFirst,
    now: Date,
  ): Promise<Omit<Heard, 'unknown'>> {
    await this.findAnswered(sql, projectId, fresh);
    const files = fresh.flatMap(fileOf);
    if (files.length > 0) await this.media.expect(sql, files);
    await insertInbound(
      sql,
      fresh.map(({ message }) => message),
    );
    const numbers = await this.conversations.numbersOf(projectId, fresh.flatMap(idAlone), sql);
    await this.conversations.heard(
      sql,
      projectId,
      fresh.flatMap(({ account, message: { person, recipientId }, observation }) => {
        const heard = { accountId: account.id, person, recipientId, heardAt: writtenAt(observation, now) };
        // Who keeps a number back that we know writes in the window of that number as well.
        const number = numbers.get(person);
        return number === undefined ? [heard] : [heard, { ...heard, person: number }];
      }),
    );
    const events = fresh.map(({ account, message, observation }) =>
      messageEvent(message, account, observation.occurredAt ?? now, now, 'MESSAGE_RECEIVED', {
        content: eventContent(message.content),
      }),
    );
    const ids = new Map([...[...numbers].map(([id, phone]) => [phone, id] as const), ...fresh.flatMap(bothNames)]);
    if (ids.size > 0) await this.optOuts.join(sql, projectId, ids);
    events.push(
      ...(await this.optOuts.heed(
        sql,
        fresh.flatMap((one) => wordsOf(one, numbers, ids)),
      )),
    );
    const first = await hearFirst(
      sql,
      projectId,
      fresh.map(({ account, message, observation }) => ({
        ...{ account, message, phone: numberOf(message, numbers), text: textIn(message.content) },
        at: observation.occurredAt ?? now,
      })),
    );
    const others = fresh.filter(({ message }) => !first.answered.has(message.id));
    const replied = await this.replies.answer(sql, projectId, others);
    return {
      events: [...events, ...first.events, ...replied.events],
      withFiles: [...new Set(files.map(({ accountId }) => accountId))],
      withReplies: [...new Set([...first.accountIds, ...replied.accountIds])],
    };
  }

  /** Files the provider's ids; answers those that were not filed before. */
  private async fileReferences(sql: Sql, projectId: string, written: readonly Kept[]): Promise<Kept[]> {
    if (written.length === 0) return [];
    const rows = await sql.rows<{ messageId: string }>(
      `insert into provider_references (project_id, account_id, reference, message_id)
       select $1, account_id, reference, message_id
         from json_to_recordset($2) as n (account_id uuid, reference text, message_id uuid)
        order by account_id, reference
       on conflict do nothing returning message_id as "messageId"`,
      [
        projectId,
        JSON.stringify(
          written.map(({ account, observation, message }) => ({
            account_id: account.id,
            reference: observation.reference,
            message_id: message.id,
          })),
        ),
      ],
    );
    const filed = new Set(rows.map(({ messageId }) => messageId));
    return written.filter(({ message }) => filed.has(message.id));
  }

  /** Fills in which of our messages they answer, where they say so. */
  private async findAnswered(sql: Sql, projectId: string, fresh: readonly Kept[]): Promise<void> {
    const answering = fresh.filter(({ observation }) => observation.inReplyTo !== null);
    if (answering.length === 0) return;
    const rows = await sql.rows<{ key: string; messageId: string }>(
      `select account_id || ' ' || reference as key, message_id as "messageId" from provider_references
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [
        answering.map(() => projectId),
        answering.map(({ account }) => account.id),
        answering.map(({ observation }) => observation.inReplyTo),
      ],
    );
    const known = new Map(rows.map(({ key, messageId }) => [key, messageId]));
    for (const { account, observation, message } of answering)
      message.inReplyTo = known.get(`${account.id} ${observation.inReplyTo}`) ?? null;
  }
}

function rowOf(account: ProviderAccount, observation: InboundMessage, person: string, now: Date): Message {
  return {
    ...UNTOUCHED,
    projectId: account.projectId,
    id: newId(),
    direction: 'INBOUND',
    status: 'RECEIVED',
    channel: 'WHATSAPP',
    priority: PRIORITY,
    person,
    recipientId: observation.recipientId,
    fromName: observation.fromName,
    inReplyTo: null,
    content: contentOf(observation.content),
    accountId: account.id,
    accountFixed: true,
    providerMessageId: observation.reference,
    reference: null,
    metadata: null,
    resendUnconfirmed: false,
    requestKey: newId(),
    dueAt: null,
    timerAt: null,
    scheduledAt: null,
    expiresAt: null,
    createdAt: now,
    sentAt: observation.occurredAt,
  };
}

function contentOf(content: InboundContent): MessageContent {
  switch (content.kind) {
    case 'text':
      return content;
    case 'interactive':
      return { ...content, buttons: [], list: null };
    case 'unknown':
      return content;
    case 'media': {
      const { type, mimeType, filename, caption } = content;
      return { kind: 'media', type, url: null, mediaId: newId(), mimeType, size: null, filename, caption };
    }
  }
}

/** A clock that runs ahead must not hold a window open. */
const writtenAt = ({ occurredAt }: InboundMessage, now: Date): Date =>
  occurredAt && occurredAt < now ? occurredAt : now;

const numberOf = ({ person }: Message, numbers: ReadonlyMap<string, string>): string | null =>
  person.startsWith('+') ? person : (numbers.get(person) ?? null);

/** The words in it, wherever they stand. */
function textIn(content: MessageContent): string | null {
  return content.kind === 'media' ? content.caption : 'text' in content ? content.text : null;
}

/** What a person says about being written to, under every name that they have. */
function wordsOf(
  { observation, message }: Kept,
  numbers: ReadonlyMap<string, string>,
  ids: ReadonlyMap<string, string>,
): Word[] {
  const said = wordOf(observation.content);
  if (said === null) return [];
  const { word, scope } = said;
  const person = numbers.get(message.person) ?? message.person;
  const recipientId = ids.get(person);
  return [{ projectId: message.projectId, person, ...(recipientId && { recipientId }), scope, reason: scope && word }];
}

/** The id of a person whose number the provider keeps back. */
const idAlone = ({ message: { person } }: Kept): string[] => (person.startsWith('+') ? [] : [person]);

/** The number and the id of a person who has both; a wa_id is the number again. */
function bothNames({ message: { person, recipientId } }: Kept): [string, string][] {
  return person.startsWith('+') && recipientId !== null && person !== `+${recipientId}` ? [[person, recipientId]] : [];
}

/** The file that a job is to fetch: Meta's address of it lives five minutes. */
function fileOf({ account, observation, message }: Kept): ExpectedFile[] {
  const { content } = observation;
  if (content.kind !== 'media' || message.content.kind !== 'media' || message.content.mediaId === null) return [];
  const { type, mimeType, filename, reference } = content;
  const id = message.content.mediaId;
  return [{ projectId: account.projectId, id, accountId: account.id, reference, type, mimeType, filename }];
}

/** An event has at most 16 KiB in all (interface.md, The log): of a longer text it has the beginning. */
const MOST_TEXT_BYTES = 12 * 1024;
const MOST_ID_BYTES = 1024;

/** What the event tells of it (interface.md, The log). */
function eventContent(content: MessageContent): Record<string, unknown> {
  const text = textIn(content);
  const replyId = content.kind === 'interactive' ? content.replyId : null;
  return {
    type: content.kind,
    text: text && beginningOf(text, MOST_TEXT_BYTES),
    replyId: replyId && beginningOf(replyId, MOST_ID_BYTES),
    mediaId: content.kind === 'media' && content.mediaId !== null ? publicId('med', content.mediaId) : null,
  };
}
