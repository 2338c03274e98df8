import { Injectable } from '@nestjs/common';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { type Caller } from '../projects/caller.js';
import { RoutingService } from '../providers/routing.service.js';
import { templatePartsOf } from '../templates/template-values.js';
import { type TemplateToSend, TemplatesService } from '../templates/templates.service.js';
import { capabilityFor, chosenOf, judgeAccounts, type Need } from './planning/account-choice.js';
import { MessageProgress } from './message-progress.js';
import { type Change, type Path } from './state/message.change.js';
import { MESSAGE_COLUMNS, type Message } from './message-row.js';
import { isForgotten } from './secret-values.js';

/** Does what a person wants of a message that was accepted. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly database: Database,
    private readonly templates: TemplatesService,
    private readonly routing: RoutingService,
    private readonly progress: MessageProgress,
  ) {}

  async cancel(caller: Caller, id: string | null): Promise<Message | Problem> {
    return this.wish(caller, id, { kind: 'cancel' });
  }

  async resolve(caller: Caller, id: string | null, sent: boolean): Promise<Message | Problem> {
    return this.wish(caller, id, { kind: 'resolve', sent });
  }

  /** Sends a FAILED or UNCONFIRMED message again, through its account or, where that is gone, another one that fits. */
  async retry(caller: Caller, id: string | null): Promise<Message | Problem> {
    const [message] = id ? await this.find(this.database, caller.projectId, [id]) : [];
    if (!message) return NO_MESSAGE;
    if (isForgotten(message.content)) return FORGOTTEN;
    const [path = NO_ACCOUNT_LEFT] = await this.pathsFor([message]);
    return isProblem(path) ? path : this.wish(caller, id, { kind: 'retry', ...path });
  }

  /**
   * The accounts through which messages of one project that were accepted before may go now: first their own while that
   * lives, then the others that can carry them. One reading of the project for all of them.
   */
  async pathsFor(messages: readonly Message[]): Promise<(Path | Problem)[]> {
    const [first] = messages;
    if (!first) return [];
    const names = messages.flatMap(({ content }) => (content.kind === 'template' ? content.name : []));
    const [routing, templates] = await Promise.all([
      this.routing.table(first.projectId),
      names.length > 0 ? this.templates.findForSending(first.projectId, [...new Set(names)]) : [],
    ]);
    return messages.map((message) => {
      const own = routing.account(message.accountId);
      const need = message.accountFixed ? null : needOf(message, templates);
      const fitting = need ? judgeAccounts(need, { accountId: null, at: 'id' }, routing).verdicts : [];
      const others = fitting.filter(({ refusal }) => refusal === null).map(({ account }) => account);
      const account = own ?? chosenOf(others);
      if (!account) return NO_ACCOUNT_LEFT;
      const route = [...new Set([...(own ? [own.id] : []), ...others.map(({ id }) => id)])];
      return { accountId: account.id, route: route.length > 1 ? route : null };
    });
  }

  private async wish(caller: Caller, id: string | null, change: Change): Promise<Message | Problem> {
    if (!id) return NO_MESSAGE;
    const { message, decision } = await this.progress.add({ projectId: caller.projectId, messageId: id, change });
    if (!message) return NO_MESSAGE;
    if (decision.problem) return decision.problem;
    const [whole] = await this.find(this.database, caller.projectId, [id]);
    return whole ?? NO_MESSAGE;
  }

  private async find(sql: Sql, projectId: string, ids: readonly string[]): Promise<Message[]> {
    return sql.rows<Message>(`select ${MESSAGE_COLUMNS} from messages m where project_id = $1 and id = any($2)`, [
      projectId,
      ids,
    ]);
  }
}

const NO_MESSAGE = problem('NOT_FOUND', 'No message of that id exists in this project.', 'id');
const FORGOTTEN = problem(
  'INVALID_TRANSITION',
  'It carried a code that is over and was forgotten: have a new one sent with resendVerification, or start a new verification.',
  'id',
);
const NO_ACCOUNT_LEFT = problem(
  'NO_ROUTE',
  'Its account was deleted and no other one of the project can send it.',
  'id',
);

/** What another account would have to be able to do to carry it; null where none could. */
function needOf({ content }: Message, templates: readonly TemplateToSend[]): Need | null {
  // Money is waited for where the order was sent: a payment is of one account.
  if (content.kind === 'unknown' || content.kind === 'order' || content.kind === 'orderStatus') return null;
  // An SMS that rides along belongs to the account that it was planned for, an order to its payment's.
  if (content.kind === 'template' && (content.sms ?? content.order)) return null;
  const capability = capabilityFor(content.kind);
  if (content.kind === 'media') {
    const { type, mimeType, size } = content;
    return { capability, template: null, file: { type, mimeType, size } };
  }
  if (content.kind !== 'template') return { capability, template: null, file: null };
  const found = templates.find(({ template }) => template.id === content.templateId);
  return found ? { capability, template: { found, parts: templatePartsOf(found.template) }, file: null } : null;
}
