import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, SECOND } from '../../common/clock.js';
import { Database, type Sql } from '../../database/database.js';
import { Signals } from '../../database/signals.js';
import { MediaService } from '../../media/media.service.js';
import { type QuietHours } from '../../projects/quiet-hours.js';
import { type RoutingTable, RoutingService } from '../../providers/routing.service.js';
import { type TemplateToSend, TemplatesService } from '../../templates/templates.service.js';
import { ConversationsService, Windows } from '../inbound/conversations.service.js';
import { OptOutsService } from '../opt-outs.service.js';
import { type Send } from './send-input.js';
import { fileIn, type SendContent } from './send-content.js';
import { type KnownFile } from './planned-content.js';
import { type Surroundings } from './send-planner.js';

/** How long a change in another process may stay unseen when its signal is lost. */
const KEPT_MS = SECOND;

interface Kept {
  readonly until: number;
  readonly routing: RoutingTable;
  readonly quiet: QuietHours | null;
  /** By name; a name without a template is not kept. */
  readonly templates: Map<string, TemplateToSend[]>;
}

/**
 * What sends are planned against, by project: accounts, quiet hours and templates kept for a moment, all that persons say always
 * fresh. What is kept may be a moment old; so a send that it refuses is planned again with `fresh` before anybody is told.
 */
@Injectable()
export class SendSurroundings {
  private readonly kept = new Map<string, Kept>();
  /** Counts what was forgotten: a reading that began before is not kept. */
  private age = 0;

  constructor(
    private readonly database: Database,
    private readonly templates: TemplatesService,
    private readonly routing: RoutingService,
    private readonly optOuts: OptOutsService,
    private readonly conversations: ConversationsService,
    private readonly media: MediaService,
    signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    // Routes and quiet hours are told with the accounts.
    signals.on('accounts', () => this.forget());
    signals.on('templates', () => this.forget());
  }

  /** One reading of each project for a whole batch. */
  async of(sends: readonly Send[], fresh = false, sql: Sql = this.database): Promise<Map<string, Surroundings>> {
    const projects = Map.groupBy(sends, ({ projectId }) => projectId);
    return new Map(
      await Promise.all(
        [...projects].map(async ([projectId, asked]): Promise<[string, Surroundings]> => [
          projectId,
          await this.ofProject(projectId, asked, fresh, sql),
        ]),
      ),
    );
  }

  /** One reading for the sends of one project, through `sql` where the caller has a transaction open. */
  async ofProject(
    projectId: string,
    asked: readonly Send[],
    fresh = false,
    sql: Sql = this.database,
  ): Promise<Surroundings> {
    const names = [...new Set(asked.flatMap(contentsOf).flatMap((one) => (one.kind === 'template' ? one.name : [])))];
    const persons = [...new Set(asked.map(({ to }) => to))];
    const [kept, [windows, optOuts], files, quoted] = await Promise.all([
      this.keep(projectId, names, fresh, sql),
      this.persons(projectId, persons, asked.some(isFree), sql),
      this.filesOf(projectId, asked, sql),
      this.quotedBy(projectId, asked, sql),
    ]);
    const templates = names.flatMap((name) => kept.templates.get(name) ?? []);
    const { routing, quiet } = kept;
    return { routing, quiet, templates, optOuts, windows, files, quoted, now: this.clock.now() };
  }

  private forget(): void {
    this.age++;
    this.kept.clear();
  }

  /** What persons said. Who is known by a number and by an id may have opted out under the other of the two. */
  private async persons(
    projectId: string,
    persons: readonly string[],
    free: boolean,
    sql: Sql,
  ): Promise<[Windows, Surroundings['optOuts']]> {
    const windows = free ? await this.conversations.windows(projectId, persons, sql) : NO_WINDOWS;
    const names = new Set([...persons, ...windows.names]);
    return [windows, await this.optOuts.find(projectId, [...names], sql)];
  }

  private async filesOf(projectId: string, asked: readonly Send[], sql: Sql): Promise<ReadonlyMap<string, KnownFile>> {
    const ids = asked.flatMap(contentsOf).flatMap(fileIdOf);
    return ids.length > 0 ? this.media.find(projectId, [...new Set(ids)], sql) : new Map();
  }

  private async quotedBy(projectId: string, asked: readonly Send[], sql: Sql): Promise<Surroundings['quoted']> {
    const ids = asked.flatMap(({ replyTo }) => (replyTo ? [replyTo] : []));
    if (ids.length === 0) return new Map();
    const rows = await sql.rows<{ id: string; accountId: string }>(
      `select id, account_id as "accountId" from messages
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
      [ids.map(() => projectId), ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  private async quietHours(projectId: string, sql: Sql): Promise<QuietHours | null> {
    const [hours] = await sql.rows<QuietHours>(
      `select quiet_from as "from", quiet_to as "to" from projects where id = $1 and quiet_from is not null`,
      [projectId],
    );
    return hours ?? null;
  }

  private async keep(projectId: string, names: readonly string[], fresh: boolean, sql: Sql): Promise<Kept> {
    const now = this.clock.now().getTime();
    const { age } = this;
    const known = this.kept.get(projectId);
    const usable = known && !fresh && known.until > now ? known : undefined;
    const missing = usable ? names.filter((name) => !usable.templates.has(name)) : names;
    if (usable && missing.length === 0) return usable;
    const [routing, quiet, found] = await Promise.all([
      usable ? usable.routing : this.routing.table(projectId, sql),
      usable ? usable.quiet : this.quietHours(projectId, sql),
      missing.length > 0 ? this.templates.findForSending(projectId, missing, sql) : [],
    ]);
    const kept = usable ?? { until: now + KEPT_MS, routing, quiet, templates: new Map<string, TemplateToSend[]>() };
    for (const [name, ones] of Map.groupBy(found, ({ template }) => template.name)) kept.templates.set(name, ones);
    if (!usable && age === this.age) this.kept.set(projectId, kept);
    return kept;
  }
}

const NO_WINDOWS = new Windows([], new Map());

const contentsOf = (send: Send): SendContent[] => [send.content, ...send.fallbacks.map(({ content }) => content)];

const fileIdOf = (content: SendContent): string[] => {
  const id = fileIn(content)?.mediaId;
  return id ? [id] : [];
};

/** What is free needs an open window; a person without a number is known by a conversation alone. */
const isFree = (send: Send): boolean =>
  !send.to.startsWith('+') || contentsOf(send).some(({ kind }) => kind !== 'template');
