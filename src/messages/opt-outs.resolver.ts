import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { publicId, uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { connection, type Connection, COUNTED_TO, PageArgs, readCursor, sizeOfPage } from '../graphql/connection.js';
import { type Caller, CurrentCaller, Needs } from '../projects/caller.js';
import { ConsentConnection, ConsentModel, ConsentResult, OptOutScopeEnum, toConsentModel } from './message.model.js';
import { OptOutsReader } from './opt-outs.reader.js';
import { type OptOut, type OptOutScope, OptOutsService } from './opt-outs.service.js';

const phone = { type: () => String, description: 'The person’s number, written as people write it.' } as const;

@Resolver(() => ConsentModel)
export class OptOutsResolver {
  constructor(
    private readonly service: OptOutsService,
    private readonly reader: OptOutsReader,
  ) {}

  @Query(() => ConsentConnection, { description: 'Who must not be written to, newest first. READ.' })
  async optOuts(@CurrentCaller() caller: Caller, @Args() page: PageArgs): Promise<Connection<ConsentModel>> {
    // A person has no id in the API; the cursor is as opaque as one.
    const after = readCursor(page.after, (cursor) => uuidOf('opt', cursor));
    const found = await this.reader.page(caller.projectId, sizeOfPage(page.first), after);
    return connection({
      ...found,
      hasPreviousPage: after !== null,
      node: toConsentModel,
      cursor: (row) => publicId('opt', row.id),
      count: () => this.reader.count(caller.projectId, COUNTED_TO),
    });
  }

  @Needs('MANAGE')
  @Mutation(() => ConsentResult, {
    description: 'From now on the person is not written to: RECIPIENT_OPTED_OUT. MANAGE.',
  })
  async optOut(
    @CurrentCaller() caller: Caller,
    @Args('phone', phone) number: string,
    @Args('scope', { type: () => OptOutScopeEnum, defaultValue: 'ALL', description: 'What must not be sent.' })
    scope: OptOutScope,
    @Args('reason', { type: () => String, nullable: true, description: 'Why, at most 255 characters.' })
    reason?: string | null,
  ): Promise<ConsentModel | Problem> {
    return model(await this.service.optOut(caller, number, scope, reason ?? null));
  }

  @Needs('MANAGE')
  @Mutation(() => ConsentResult, { description: 'The person may be written to again. MANAGE.' })
  async optIn(@CurrentCaller() caller: Caller, @Args('phone', phone) number: string): Promise<ConsentModel | Problem> {
    return model(await this.service.optIn(caller, number));
  }
}

const model = (optOut: OptOut | Problem): ConsentModel | Problem =>
  isProblem(optOut) ? optOut : toConsentModel(optOut);
