import { Inject } from '@nestjs/common';
import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CLOCK, type Clock } from '../common/clock.js';
import { uuidOf } from '../common/ids.js';
import { type CallerContext } from '../projects/caller.js';
import { ProjectModel } from '../projects/project.model.js';
import { type BlockedPrefixEntity } from './blocked-prefix.entity.js';
import { BlockedPrefixModel, toBlockedPrefixModel } from './verification.model.js';
import { VerificationsReader } from './verifications.reader.js';

/** What a project shows of this room's things, to whoever sees the project. */
@Resolver(() => ProjectModel)
export class VerificationProjectFieldsResolver {
  constructor(
    private readonly reader: VerificationsReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @ResolveField(() => [BlockedPrefixModel], {
    description: 'Beginnings of numbers for which no verification is started now, what was blocked last first.',
  })
  async blockedPrefixes(
    @Parent() project: ProjectModel,
    @Context() context: CallerContext,
  ): Promise<BlockedPrefixModel[]> {
    const load = (ids: readonly string[]): Promise<Map<string, BlockedPrefixEntity[]>> =>
      this.reader.blockedPrefixes(ids, this.clock.now());
    const blocked = await context.loader('blockedPrefixes', load).load(uuidOf('prj', project.id) ?? '');
    return (blocked ?? []).map(toBlockedPrefixModel);
  }
}
