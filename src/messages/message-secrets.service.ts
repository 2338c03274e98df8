import { Injectable } from '@nestjs/common';
import { type Sql } from '../database/database.js';
import { type MessageContent } from './message-content.js';
import { type MessageStatus } from './state/message.status.js';
import { shownTemplate } from './secret-values.js';

/** They may still leave, or leave again. */
const OPEN: readonly MessageStatus[] = ['SCHEDULED', 'QUEUED', 'UNCONFIRMED'];

export interface MessageKey {
  readonly projectId: string;
  readonly id: string;
}

/** Forgets values that were for the recipient alone, when they are of no use to anybody any more. */
@Injectable()
export class MessageSecrets {
  /** Leaves of messages what may be shown of them. Answers those that may still leave: they keep their values. */
  async forget(sql: Sql, messages: readonly MessageKey[]): Promise<MessageKey[]> {
    const rows = await this.take(sql, messages);
    await this.mask(
      sql,
      rows.filter(({ status }) => !OPEN.includes(status)),
    );
    return rows.filter(({ status }) => OPEN.includes(status));
  }

  /** Those that may still leave, too: their time is over. */
  async forgetAll(sql: Sql, messages: readonly MessageKey[]): Promise<void> {
    await this.mask(sql, await this.take(sql, messages));
  }

  private async take(sql: Sql, messages: readonly MessageKey[]): Promise<SecretRow[]> {
    if (messages.length === 0) return [];
    return sql.rows<SecretRow>(
      `select project_id as "projectId", id, status, content from messages
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) order by project_id, id for update`,
      [messages.map(({ projectId }) => projectId), messages.map(({ id }) => id)],
    );
  }

  private async mask(sql: Sql, rows: readonly SecretRow[]): Promise<void> {
    const shown = rows.flatMap(({ projectId, id, content }) =>
      content.kind === 'template' ? [{ project_id: projectId, id, content: shownTemplate(content) }] : [],
    );
    if (shown.length === 0) return;
    await sql.rows(
      `update messages m set content = n.content
         from json_to_recordset($1) as n (project_id uuid, id uuid, content json)
        where m.project_id = n.project_id and m.id = n.id`,
      [JSON.stringify(shown)],
    );
  }
}

interface SecretRow extends MessageKey {
  readonly status: MessageStatus;
  readonly content: MessageContent;
}
