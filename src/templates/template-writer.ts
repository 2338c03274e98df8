import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { publicId } from '../common/ids.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type TemplateStanding } from '../providers/ports/templates.js';
import { type TemplateEntity } from './template.entity.js';
import { type TemplateRegistrationEntity } from './template-registration.entity.js';
import { TemplateStore, type KnownTemplate } from './template-store.js';

const STANDING = ['externalId', 'providerId', 'status', 'category', 'rejectionReason'] as const;
/** What an event tells of it. */
const TOLD = ['status', 'category', 'rejectionReason'] as const;

/** Whether a template stands otherwise than it did. */
export function standsAnew(before: TemplateStanding | undefined, standing: TemplateStanding): boolean {
  return !before || STANDING.some((field) => before[field] !== standing[field]);
}

/** What one transaction changes of templates whose rows it has locked, and the events that tell of it. */
export class TemplateChanges {
  readonly events: NewEvent[] = [];
  readonly templates = new Set<TemplateEntity>();
  private readonly standing = new Map<string, TemplateRegistrationEntity>();

  constructor(readonly now: Date) {}

  get registrations(): TemplateRegistrationEntity[] {
    return [...this.standing.values()];
  }

  /**
   * Sets where a template stands at an account; there is an event of it where it stood otherwise before.
   * @param at when that was so, by the provider's clock where it has one
   */
  stand(
    template: TemplateEntity,
    accountId: string,
    before: TemplateRegistrationEntity | undefined,
    standing: TemplateStanding,
    at = this.now,
  ): TemplateRegistrationEntity {
    const { externalId, providerId, status, category, rejectionReason } = standing;
    const after: TemplateRegistrationEntity = {
      ...{ projectId: template.projectId, templateId: template.id, accountId },
      ...{ externalId, providerId, status, category, rejectionReason },
      updatedAt: at,
    };
    this.standing.set(`${template.id} ${accountId}`, after);
    if (!before || TOLD.some((field) => before[field] !== standing[field])) {
      template.sequence++;
      this.templates.add(template);
      this.events.push(statusChanged(template, after, this.now));
    }
    return after;
  }
}

/** The one way to change templates that exist: under the locks of their rows, with the events of it. */
@Injectable()
export class TemplateWriter {
  constructor(
    private readonly database: Database,
    private readonly store: TemplateStore,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** In a transaction of its own. `find` says which; those of them that are not retired are handed to `edit`. */
  async change<Result>(
    projectId: string,
    find: readonly string[] | ((sql: Sql) => Promise<readonly string[]>),
    edit: (found: readonly KnownTemplate[], changes: TemplateChanges) => Result,
  ): Promise<Result> {
    const { ids, result } = await this.database.transaction(async (sql) => {
      const ids = typeof find === 'function' ? await find(sql) : find;
      const { result, events } = await this.changeWithin(sql, projectId, ids, edit);
      await this.log.append(sql, events);
      return { ids, result };
    });
    this.log.announce();
    this.signals.tell('templates', ids);
    return result;
  }

  /** In the caller's transaction, whose last statement appends the events. */
  async changeWithin<Result>(
    sql: Sql,
    projectId: string,
    ids: readonly string[],
    edit: (found: readonly KnownTemplate[], changes: TemplateChanges) => Result,
  ): Promise<{ result: Result; events: readonly NewEvent[] }> {
    const templates = await this.store.forChange(sql, projectId, ids);
    const registrations = Map.groupBy(
      await this.store.registrationsOf(projectId, ids, sql),
      ({ templateId }) => templateId,
    );
    const changes = new TemplateChanges(this.clock.now());
    const result = edit(
      templates.map((template) => ({ template, registrations: registrations.get(template.id) ?? [] })),
      changes,
    );
    await this.store.save(sql, [...changes.templates]);
    await this.store.register(sql, changes.registrations);
    return { result, events: changes.events };
  }
}

function statusChanged(template: TemplateEntity, registration: TemplateRegistrationEntity, now: Date): NewEvent {
  const { status, category, rejectionReason } = registration;
  return {
    projectId: template.projectId,
    type: 'TEMPLATE_STATUS_CHANGED',
    subjectKind: 'template',
    subjectId: template.id,
    sequence: template.sequence,
    occurredAt: registration.updatedAt,
    recordedAt: now,
    data: {
      template: {
        id: publicId('tpl', template.id),
        name: template.name,
        language: template.language,
        accountId: publicId('acc', registration.accountId),
        ...{ status, category, rejectionReason },
      },
    },
  };
}
