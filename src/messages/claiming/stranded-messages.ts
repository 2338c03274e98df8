import { Injectable } from '@nestjs/common';
import { isProblem } from '../../common/problem.js';
import { Database } from '../../database/database.js';
import { MessageProgress } from '../message-progress.js';
import { MESSAGE_COLUMNS, type Message } from '../message-row.js';
import { MessagesService } from '../messages.service.js';

const BATCH = 500;
/** $1 and $2 are the account's and its project's ids. */
const STRANDED = `m.account_id = $1 and m.project_id = $2 and m.open_attempt is null and m.status in ('QUEUED', 'SCHEDULED')
  and (m.due_at is not null or m.timer_at is not null)`;

interface DeletedAccount {
  readonly projectId: string;
  readonly id: string;
}

/** The messages of a deleted account: another route takes them, or they fail with NO_ROUTE. */
@Injectable()
export class StrandedMessages {
  constructor(
    private readonly database: Database,
    private readonly messages: MessagesService,
    private readonly progress: MessageProgress,
  ) {}

  async areLeft(account: DeletedAccount): Promise<boolean> {
    const rows = await this.database.rows(`select 1 from messages m where ${STRANDED} limit 1`, [
      account.id,
      account.projectId,
    ]);
    return rows.length > 0;
  }

  async leave(account: DeletedAccount): Promise<void> {
    for (;;) {
      const waiting = await this.database.rows<Message>(
        `select ${MESSAGE_COLUMNS} from messages m where ${STRANDED} limit $3`,
        [account.id, account.projectId, BATCH],
      );
      if (waiting.length === 0) return;
      const paths = await this.messages.pathsFor(waiting);
      await this.progress.addAll(
        waiting.map((message, index) => {
          const path = paths[index];
          return {
            projectId: message.projectId,
            messageId: message.id,
            change: { kind: 'stranded' as const, path: path && !isProblem(path) ? path : null },
          };
        }),
      );
    }
  }
}
