import { Injectable } from '@nestjs/common';
import { type IdPrefix, prefixOf, uuidOf } from '../common/ids.js';
import { type GraphqlContext, type Identity } from './context.js';
import { type NodeModel } from './node.model.js';

type Find<Caller extends Identity> = (uuid: string, context: GraphqlContext<Caller>) => Promise<NodeModel | null>;

/** What `node(id:)` can find. Each room says how its own things are found. */
@Injectable()
export class Nodes {
  private readonly finders = new Map<string, Find<never>>();

  /** Call it in `onModuleInit`. `find` answers the model, null for another project's. */
  add<Caller extends Identity>(prefix: IdPrefix, find: Find<Caller>): void {
    this.finders.set(prefix, find);
  }

  async find(id: string, context: GraphqlContext): Promise<NodeModel | null> {
    const prefix = prefixOf(id) as IdPrefix;
    const find = this.finders.get(prefix);
    const uuid = find && uuidOf(prefix, id);
    return find && uuid ? find(uuid, context as GraphqlContext<never>) : null;
  }
}
