import { Injectable } from '@nestjs/common';
import { uuidOf } from '../common/ids.js';
import { readPhone } from '../common/phone.js';
import { unstorableAt } from '../common/text.js';
import { Database } from '../database/database.js';
import { badUserInput } from '../graphql/errors.js';
import { type Caller, type CallerContext } from '../projects/caller.js';
import { type Page, ProjectRows, type Where } from '../projects/project-rows.js';
import { MessageAttemptEntity } from './message-attempt.entity.js';
import { MessageEntity } from './message.entity.js';
import { type MessageFilter } from './message.input.js';
import { type Message } from './message-row.js';

/** interface.md, Limits. */
const MOST_FILTER_IDS = 200;

/** The messages of the caller's project. */
@Injectable()
export class MessagesReader {
  private readonly rows: ProjectRows<MessageEntity>;
  private readonly attempts: ProjectRows<MessageAttemptEntity>;

  constructor(database: Database) {
    this.rows = new ProjectRows(database, MessageEntity);
    this.attempts = new ProjectRows(database, MessageAttemptEntity);
  }

  find(projectId: string, id: string): Promise<Message | null> {
    return this.rows.find(projectId, id);
  }

  findMany(projectId: string, ids: readonly string[]): Promise<Map<string, Message>> {
    return this.rows.findMany(projectId, ids);
  }

  /** Those of `ids` that a filter lets through. */
  async findFitting(projectId: string, ids: readonly string[], where: Where<MessageEntity>): Promise<Message[]> {
    return this.rows.among(projectId, 'id', ids, where);
  }

  page(projectId: string, first: number, after: string | null, where: Where<MessageEntity>): Promise<Page<Message>> {
    return this.rows.page(projectId, { first, after, where });
  }

  count(projectId: string, where: Where<MessageEntity>, max: number): Promise<number> {
    return this.rows.count(projectId, where, max);
  }

  /** The attempts of each message, oldest first; one query for all that ask in one turn. */
  async attemptsOf(context: CallerContext, messageId: string): Promise<MessageAttemptEntity[]> {
    const load = async (ids: readonly string[]): Promise<Map<string, MessageAttemptEntity[]>> => {
      const found = await this.attempts.among(context.caller.projectId, 'messageId', ids);
      return Map.groupBy(found, ({ messageId: of }) => of);
    };
    const attempts = (await context.loader('attempts', load).load(messageId)) ?? [];
    return [...attempts].sort((a, b) => a.number - b.number);
  }

  /** What was sent in place of each message, oldest first; one query for all that ask in one turn. */
  async fallbacksOf(context: CallerContext, messageId: string): Promise<Message[]> {
    const load = async (ids: readonly string[]): Promise<Map<string, Message[]>> => {
      const found = await this.rows.among(context.caller.projectId, 'fallbackOf', ids);
      return Map.groupBy(found, ({ fallbackOf }) => fallbackOf ?? '');
    };
    return (await context.loader('fallbacks', load).load(messageId)) ?? [];
  }
}

/** A filter as conditions on the row. Throws BAD_USER_INPUT for too many ids, and for text that no row can hold. */
export function whereOf(filter: MessageFilter | null | undefined, caller: Caller): Where<MessageEntity> {
  if (!filter) return () => undefined;
  const unstorable = unstorableAt(filter);
  if (unstorable !== null)
    throw badUserInput('A filter holds no NUL byte or half a character.', `filter.${unstorable}`);
  if (filter.ids && filter.ids.length > MOST_FILTER_IDS) {
    throw badUserInput(`A filter takes at most ${MOST_FILTER_IDS} ids.`, 'filter.ids');
  }
  return (query) => {
    if (filter.ids)
      query.andWhere('row.id = any(:wanted)', { wanted: filter.ids.flatMap((id) => uuidOf('msg', id) ?? []) });
    if (filter.direction) query.andWhere('row.direction = :direction', { direction: filter.direction });
    if (filter.statuses) query.andWhere('row.status = any(:statuses)', { statuses: filter.statuses });
    // A number that is none is the number of no message.
    if (filter.phone != null) query.andWhere('row.person = :phone', { phone: readPhone(filter.phone, caller.country) });
    if (filter.accountId != null)
      query.andWhere('row.accountId = :account', { account: uuidOf('acc', filter.accountId) });
    if (filter.reference != null) query.andWhere('row.reference = :reference', { reference: filter.reference });
    if (filter.template != null) query.andWhere(`row.content->>'name' = :template`, { template: filter.template });
    if (filter.createdAfter) query.andWhere('row.createdAt >= :from', { from: filter.createdAfter });
    if (filter.createdBefore) query.andWhere('row.createdAt < :until', { until: filter.createdBefore });
  };
}
