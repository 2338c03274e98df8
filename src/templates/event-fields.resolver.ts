import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventModel } from '../events/event.model.js';
import { type CallerContext } from '../projects/caller.js';
import { TemplateModel } from './template.model.js';
import { TemplatesReader } from './templates.reader.js';

@Resolver(() => EventModel)
export class TemplateEventFieldsResolver {
  constructor(private readonly templates: TemplatesReader) {}

  @ResolveField(() => TemplateModel, { nullable: true, description: 'The template it is about, as it is now.' })
  async template(@Parent() event: EventModel, @Context() { caller }: CallerContext): Promise<TemplateModel | null> {
    return event.together.load(event, 'template', (ids) => this.templates.findMany(caller.projectId, ids));
  }
}
