import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.js';
import { newId, publicId, uuidOf } from '../../common/ids.js';
import { isProblem, type Problem, problem } from '../../common/problem.js';
import { unstorableAt } from '../../common/text.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database, type Sql } from '../../database/database.js';
import { type NewEvent } from '../../events/event-types.js';
import { type Caller } from '../../projects/caller.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type InboundMessage } from '../../providers/ports/callbacks.js';
import { AcceptMessages } from '../accept-messages.js';
import { type MessageContent } from '../message-content.js';
import { type Message } from '../message-row.js';
import { contentOf } from '../planning/planned-content.js';
import { type ContentInput, readContent, unsafeUrl } from '../planning/send-content.js';
import { type Send } from '../planning/send-input.js';
import { SendSurroundings } from '../planning/send-surroundings.js';
import { type AutoReplyEntity } from './auto-reply.entity.js';
import { wordOf } from './consent-words.js';

/** An auto reply as a caller writes it. */
export interface AutoReplyInput {
  readonly accountId: string;
  readonly keyword?: string | null;
  readonly content: ContentInput;
  readonly enabled: boolean;
}

/** An auto reply, its content looked up. */
export type AutoReply = Omit<AutoReplyEntity, 'content'> & { readonly content: MessageContent };

interface Heard {
  readonly account: ProviderAccount;
  readonly observation: InboundMessage;
  readonly message: Message;
}

const LONGEST_KEYWORD = 128;
const COLUMNS = `project_id as "projectId", id, account_id as "accountId", keyword, written, content, enabled,
  created_at as "createdAt", deleted_at as "deletedAt"`;

const keyOf = (text: string): string => text.trim().toLowerCase();

/** What an account answers to a person who writes: by keyword, else its default. */
@Injectable()
export class AutoReplies {
  private readonly logger = new Logger(AutoReplies.name);

  constructor(
    private readonly database: Database,
    private readonly accept: AcceptMessages,
    private readonly surroundings: SendSurroundings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateUrls'>,
  ) {}

  /** Sets the reply to a keyword, or the default with none; said again it replaces what was said before. */
  async set(caller: Caller, input: AutoReplyInput): Promise<AutoReply | Problem> {
    const unstorable = unstorableAt(input);
    if (unstorable !== null)
      return problem('INVALID_INPUT', 'It holds a NUL byte or half a character; take it out.', unstorable);
    const keyword = input.keyword == null ? '' : keyOf(input.keyword);
    if (input.keyword != null && (!keyword || keyword.length > LONGEST_KEYWORD)) {
      const rule = `A keyword has 1 to ${LONGEST_KEYWORD} characters; leave it out for the default reply.`;
      return problem('INVALID_INPUT', rule, 'keyword');
    }
    const content = readContent(input.content, 'content');
    if (isProblem(content)) return content;
    const unsafe = await unsafeUrl(content, 'content', this.config.allowPrivateUrls);
    if (unsafe) return unsafe;
    const send = replySend(caller.projectId, uuidOf('acc', input.accountId) ?? '', content);
    const around = await this.surroundings.ofProject(caller.projectId, [send], true);
    const account = around.routing.account(send.accountId ?? '');
    if (!account) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    if (!around.routing.can(account, 'INBOUND')) {
      const what = `The account ${account.name} passes on nothing that persons write, so there is nothing to answer.`;
      return problem('UNSUPPORTED_BY_PROVIDER', what, 'accountId');
    }
    const said = contentOf(content, around);
    if (isProblem(said)) return said;
    if (!around.routing.can(account, said.need.capability))
      return problem('UNSUPPORTED_BY_PROVIDER', `The account ${account.name} cannot send that.`, 'content');
    const [row] = await this.database.rows<AutoReplyEntity>(
      `insert into auto_replies (project_id, id, account_id, keyword, written, content, enabled, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (project_id, account_id, keyword) where deleted_at is null do update
          set written = excluded.written, content = excluded.content, enabled = excluded.enabled
       returning ${COLUMNS}`,
      [
        ...[caller.projectId, newId(), account.id, keyword, input.keyword?.trim() ?? null],
        ...[JSON.stringify(content), input.enabled, this.clock.now()],
      ],
    );
    return { ...(row as AutoReplyEntity), content: said.content };
  }

  async delete(caller: Caller, id: string | null): Promise<{ readonly id: string } | Problem> {
    const rows = await this.database.rows<{ id: string }>(
      'update auto_replies set deleted_at = $3 where project_id = $1 and id = $2 and deleted_at is null returning id',
      [caller.projectId, id, this.clock.now()],
    );
    const [row] = rows;
    return row
      ? { id: publicId('arp', row.id) }
      : problem('NOT_FOUND', 'No auto reply of that id exists in this project.', 'id');
  }

  /** The project's replies, or those of one account, the defaults first. */
  async list(projectId: string, accountId: string | null): Promise<AutoReply[]> {
    const rows = await this.database.rows<AutoReplyEntity>(
      `select ${COLUMNS} from auto_replies
        where project_id = $1 and ($2::uuid is null or account_id = $2) and deleted_at is null order by keyword, id`,
      [projectId, accountId],
    );
    return this.lookUp(projectId, rows);
  }

  /** Deleted ones too. */
  async find(projectId: string, id: string): Promise<AutoReply | null> {
    const rows = await this.database.rows<AutoReplyEntity>(
      `select ${COLUMNS} from auto_replies where project_id = $1 and id = $2`,
      [projectId, id],
    );
    return (await this.lookUp(projectId, rows))[0] ?? null;
  }

  /** Accepts the replies to what persons wrote, inside the caller's transaction. */
  async answer(
    sql: Sql,
    projectId: string,
    heard: readonly Heard[],
  ): Promise<{ events: NewEvent[]; accountIds: string[] }> {
    const words = heard.filter(({ observation }) => observation.content.kind !== 'unknown');
    const accountIds = [...new Set(words.map(({ account }) => account.id))];
    if (accountIds.length === 0) return { events: [], accountIds: [] };
    const replies = await sql.rows<AutoReplyEntity>(
      `select ${COLUMNS} from auto_replies
        where (project_id, account_id) in (select * from unnest($1::uuid[], $2::uuid[])) and enabled and deleted_at is null`,
      [accountIds.map(() => projectId), accountIds],
    );
    if (replies.length === 0) return { events: [], accountIds: [] };
    const sends = words.flatMap(({ account, observation, message }) => {
      const { content } = observation;
      const key = content.kind === 'text' || content.kind === 'interactive' ? keyOf(content.text) : null;
      const ofAccount = replies.filter(({ accountId }) => accountId === account.id);
      const byKeyword = ofAccount.find(({ keyword }) => keyword !== '' && keyword === key);
      // What a person says to be left alone is answered only where an answer to that very word is set.
      const byDefault = wordOf(content) === null ? ofAccount.find(({ keyword }) => keyword === '') : undefined;
      const reply = byKeyword ?? byDefault;
      return reply ? [{ ...replySend(projectId, account.id, reply.content), to: message.person }] : [];
    });
    const { messages, events, problems } = await this.accept.acceptWithin(sql, projectId, sends);
    for (const { code, field } of problems) this.logger.warn(`An auto reply was not sent: ${code} at ${field ?? '-'}.`);
    return { events, accountIds: [...new Set(messages.map(({ accountId }) => accountId))] };
  }

  /** A reply whose template or upload is gone is shown by its kind alone. */
  private async lookUp(projectId: string, rows: readonly AutoReplyEntity[]): Promise<AutoReply[]> {
    if (rows.length === 0) return [];
    const sends = rows.map(({ accountId, content }) => replySend(projectId, accountId, content));
    const around = await this.surroundings.ofProject(projectId, sends);
    return rows.map((row) => {
      const said = contentOf(row.content, around);
      return { ...row, content: isProblem(said) ? { kind: 'unknown', raw: { kind: row.content.kind } } : said.content };
    });
  }
}

const replySend = (projectId: string, accountId: string, content: Send['content']): Send => ({
  projectId,
  to: '',
  content,
  accountId,
  replyTo: null,
  fallbacks: [],
  scheduledAt: null,
  expiresAt: null,
  reference: null,
  metadata: null,
  priority: null,
  resendUnconfirmed: false,
  idempotency: null,
});
