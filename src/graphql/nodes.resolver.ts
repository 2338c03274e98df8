import { Args, Context, ID, Query, Resolver } from '@nestjs/graphql';
import { type GraphqlContext } from './context.js';
import { NodeModel } from './node.model.js';
import { Nodes } from './nodes.js';

@Resolver()
export class NodesResolver {
  constructor(private readonly nodes: Nodes) {}

  @Query(() => NodeModel, {
    nullable: true,
    description: 'Anything of this project by its id. Null for what does not exist or belongs to somebody else. READ.',
  })
  async node(
    @Args('id', { type: () => ID, description: 'An id that this API answered.' }) id: string,
    @Context() context: GraphqlContext,
  ): Promise<NodeModel | null> {
    return this.nodes.find(id, context);
  }
}
