import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isCountry } from '../common/phone.js';
import { type Problem, problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type Caller } from './caller.js';
import { insertProject } from './inserts.js';
import { nameProblem } from './names.js';
import { type ProjectEntity } from './project.entity.js';
import { type QuietHours, quietHoursProblem } from './quiet-hours.js';

const COLUMNS =
  'id, name, default_country as "defaultCountry", quiet_from as "quietFrom", quiet_to as "quietTo", created_at as "createdAt"';

/** Tenants. An OPERATOR sees all of them, everybody else the own one. */
@Injectable()
export class ProjectsService {
  private follow: (projectId: string, hours: QuietHours | null) => Promise<void> = async () => undefined;

  constructor(
    private readonly database: Database,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Oldest first. */
  async visibleTo(caller: Caller): Promise<ProjectEntity[]> {
    return this.database.rows<ProjectEntity>(`select ${COLUMNS} from projects where $1 or id = $2 order by id`, [
      caller.scopes.has('OPERATOR'),
      caller.projectId,
    ]);
  }

  /** null for one that the caller does not see. */
  async find(caller: Caller, id: string): Promise<ProjectEntity | null> {
    if (id !== caller.projectId && !caller.scopes.has('OPERATOR')) return null;
    const [project] = await this.database.rows<ProjectEntity>(`select ${COLUMNS} from projects where id = $1`, [id]);
    return project ?? null;
  }

  /** The project of the key that is calling. */
  async own(caller: Caller): Promise<ProjectEntity> {
    const project = await this.find(caller, caller.projectId);
    if (!project) throw new Error('The key of a call has no project.');
    return project;
  }

  async create(input: { name: string; defaultCountry: string }): Promise<ProjectEntity | Problem> {
    const wrong = nameProblem(input.name);
    if (wrong) return wrong;
    if (!isCountry(input.defaultCountry)) {
      return problem(
        'INVALID_INPUT',
        'No such country; give its two letters by ISO 3166, such as ID or IN.',
        'defaultCountry',
      );
    }
    const project: ProjectEntity = {
      ...input,
      id: newId(),
      quietFrom: null,
      quietTo: null,
      createdAt: this.clock.now(),
    };
    await insertProject(this.database, project);
    return project;
  }

  /** Hands in what has to be done once quiet hours have changed: the messages that wait for them lie in a higher room. */
  whenQuietHoursChange(follow: (projectId: string, hours: QuietHours | null) => Promise<void>): void {
    this.follow = follow;
  }

  /** null switches them off. Answers when all that waits for them follows the new ones. */
  async setQuietHours(caller: Caller, hours: QuietHours | null): Promise<ProjectEntity | Problem> {
    const wrong = hours && quietHoursProblem(hours);
    if (wrong) return wrong;
    await this.database.rows('update projects set quiet_from = $2, quiet_to = $3 where id = $1', [
      ...[caller.projectId, hours?.from ?? null, hours?.to ?? null],
    ]);
    // What sends are planned against is kept with the accounts.
    this.signals.tell('accounts', [caller.projectId]);
    await this.follow(caller.projectId, hours);
    return this.own(caller);
  }
}
