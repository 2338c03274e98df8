import { Injectable } from '@nestjs/common';
import { type Sql } from '../database/database.js';
import { type MessageContent } from './message-content.js';
import { shownTemplate } from './secret-values.js';

/** Forgets values that were for the recipient alone, when they are of no use to anybody any more. */
@Injectable()
export class MessageSecrets {
  /** Leaves of messages what may be shown of them: sent again they would carry no value, so their time must be over. */
  async forget(sql: Sql, messages: readonly { readonly projectId: string; readonly id: string }[]): Promise<void> {
    if (messages.length === 0) return;
    const rows = await sql.rows<{ projectId: string; id: string; content: MessageContent }>(
      `select project_id as "projectId", id, content from messages
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) order by project_id, id for update`,
      [messages.map(({ projectId }) => projectId), messages.map(({ id }) => id)],
    );
    const shown = rows.flatMap(({ projectId, id, content }) =>
      content.kind === 'template' ? [{ project_id: projectId, id, content: shownTemplate(content) }] : [],
    );
    await sql.rows(
      `update messages m set content = n.content
         from json_to_recordset($1) as n (project_id uuid, id uuid, content json)
        where m.project_id = n.project_id and m.id = n.id`,
      [JSON.stringify(shown)],
    );
  }
}
