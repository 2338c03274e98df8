import { type Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { badUserInput } from './errors.js';

/** Relay's page, newest first. */
export const LARGEST_PAGE = 200;
/** A `totalCount` of this much means at least as many: counting on would cost more than anybody learns from it. */
export const COUNTED_TO = 10_000;
const USUAL_PAGE = 50;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, defaultValue: USUAL_PAGE, description: 'How many at most: 1 to 200.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last one that you have: what follows it.' })
  readonly after?: string | null;
}

@ObjectType('PageInfo', { description: 'Where a page stands among the others.' })
export class PageInfoModel {
  @Field(() => Boolean, { description: 'Whether more follow: ask again with `after: endCursor`.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether some come before: true when `after` was given.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first one; null for an empty page.' })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last one; null for an empty page.' })
  readonly endCursor!: string | null;
}

/** The size that a page was asked for. Throws BAD_USER_INPUT when it is not 1 to 200. */
export function sizeOfPage(first: number | null | undefined, usual = USUAL_PAGE): number {
  const size = first ?? usual;
  if (size < 1 || size > LARGEST_PAGE) throw badUserInput(`first must be from 1 to ${LARGEST_PAGE}.`, 'first');
  return size;
}

/**
 * What `after` stands for, as `read` finds it in the cursor: `(cursor) => uuidOf('tpl', cursor)`. null for the beginning.
 * Throws BAD_USER_INPUT for what is no cursor of this list.
 */
export function readCursor(after: string | null | undefined, read: (cursor: string) => string | null): string | null {
  if (after == null) return null;
  const place = read(after);
  if (place === null)
    throw badUserInput('after is not a cursor of this list: take it from pageInfo.endCursor.', 'after');
  return place;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly pageInfo: PageInfoModel;
  /** Counts when it is read, which is when it is selected. */
  readonly totalCount?: Promise<number> | undefined;
}

/**
 * The types of a list that grows: `TemplateEdge` and `TemplateConnection` for the name Template. `counted: false` leaves
 * `totalCount` out. Export the answer under a name of your own: `export const TemplateConnection = connectionOf(…)`.
 */
export function connectionOf<Node extends object>(
  name: string,
  node: () => Type<Node>,
  options: { counted?: boolean } = {},
): Type<Connection<Node>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a page.` })
  class EdgeModel implements Edge<Node> {
    @Field(() => String, { description: 'Its place in the list, for `after`.' })
    readonly cursor!: string;

    @Field(node, { description: `The ${name} itself.` })
    readonly node!: Node;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}s.` })
  class ConnectionModel implements Connection<Node> {
    @Field(() => [EdgeModel], { description: 'What is on the page, in order.' })
    readonly edges!: readonly Edge<Node>[];

    @Field(() => PageInfoModel, { description: 'Where the page stands among the others.' })
    readonly pageInfo!: PageInfoModel;

    readonly totalCount?: Promise<number>;
  }
  if (options.counted !== false) {
    Field(() => Int, {
      description: 'How many there are on all pages, counted to 10,000: that much means at least so many.',
    })(ConnectionModel.prototype, 'totalCount');
  }
  return ConnectionModel;
}

/** Puts a page together. `count` is asked only when `totalCount` is selected. */
export function connection<Row, Node>(page: {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  /** Whether the page was asked for with `after`. */
  readonly hasPreviousPage: boolean;
  readonly node: (row: Row) => Node;
  readonly cursor: (row: Row) => string;
  readonly count?: () => Promise<number>;
}): Connection<Node> {
  const edges = page.rows.map((row) => ({ cursor: page.cursor(row), node: page.node(row) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    get totalCount() {
      return page.count?.();
    },
  };
}
