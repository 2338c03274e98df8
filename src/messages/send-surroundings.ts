import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, SECOND } from '../common/clock.js';
import { Signals } from '../database/signals.js';
import { type RoutingTable, RoutingService } from '../providers/routing.service.js';
import { type TemplateToSend, TemplatesService } from '../templates/templates.service.js';
import { OptOutsService } from './opt-outs.service.js';
import { type Send } from './send-input.js';
import { type Surroundings } from './send-planner.js';

/** How long a change in another process may stay unseen when its signal is lost. */
const KEPT_MS = SECOND;

interface Kept {
  readonly until: number;
  readonly routing: RoutingTable;
  /** By name; a name without a template is not kept. */
  readonly templates: Map<string, TemplateToSend[]>;
}

/**
 * What sends are planned against, by project: accounts and templates kept for a moment, opt-outs always fresh. What is
 * kept may be a moment old; so a send that it refuses is planned again with `fresh` before anybody is told.
 */
@Injectable()
export class SendSurroundings {
  private readonly kept = new Map<string, Kept>();
  /** Counts what was forgotten: a reading that began before is not kept. */
  private age = 0;

  constructor(
    private readonly templates: TemplatesService,
    private readonly routing: RoutingService,
    private readonly optOuts: OptOutsService,
    signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    signals.on('accounts', () => this.forget());
    signals.on('templates', () => this.forget());
  }

  /** One reading of each project for a whole batch. */
  async of(sends: readonly Send[], fresh = false): Promise<Map<string, Surroundings>> {
    const projects = Map.groupBy(sends, ({ projectId }) => projectId);
    return new Map(await Promise.all([...projects].map(([projectId, asked]) => this.read(projectId, asked, fresh))));
  }

  private forget(): void {
    this.age++;
    this.kept.clear();
  }

  private async read(projectId: string, asked: readonly Send[], fresh: boolean): Promise<[string, Surroundings]> {
    const names = [...new Set(asked.map(({ template }) => template.name))];
    const [kept, optOuts] = await Promise.all([
      this.keep(projectId, names, fresh),
      this.optOuts.find(projectId, [...new Set(asked.map(({ to }) => to))]),
    ]);
    return [
      projectId,
      { routing: kept.routing, templates: names.flatMap((name) => kept.templates.get(name) ?? []), optOuts },
    ];
  }

  private async keep(projectId: string, names: readonly string[], fresh: boolean): Promise<Kept> {
    const now = this.clock.now().getTime();
    const { age } = this;
    const known = this.kept.get(projectId);
    const usable = known && !fresh && known.until > now ? known : undefined;
    const missing = usable ? names.filter((name) => !usable.templates.has(name)) : names;
    if (usable && missing.length === 0) return usable;
    const [routing, found] = await Promise.all([
      usable ? usable.routing : this.routing.table(projectId),
      this.templates.findForSending(projectId, missing),
    ]);
    const kept = usable ?? { until: now + KEPT_MS, routing, templates: new Map<string, TemplateToSend[]>() };
    for (const [name, ones] of Map.groupBy(found, ({ template }) => template.name)) kept.templates.set(name, ones);
    if (!usable && age === this.age) this.kept.set(projectId, kept);
    return kept;
  }
}
