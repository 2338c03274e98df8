import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { type GraphqlContext, type Identity } from '../graphql/context.js';
import { type Scope } from './scopes.js';

/** Who calls, by the key that was shown. All that is read or written belongs to `projectId`. */
export interface Caller extends Identity {
  readonly projectId: string;
  readonly apiKeyId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The project's default country (ISO 3166), for numbers in local form. */
  readonly country: string;
  /** The one thing, by its UUID, that somebody with a key for it alone may see; such a caller has no scopes. */
  readonly watches?: string;
}

export type CallerContext = GraphqlContext<Caller>;

/** Where GraphQL hands a resolver its context: after the parent and the arguments. */
export const contextOf = (execution: ExecutionContext): CallerContext => execution.getArgByIndex<CallerContext>(2);

/** In a resolver's parameters: `@CurrentCaller() caller: Caller`. */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, execution: ExecutionContext) => contextOf(execution).caller,
);

export const NEEDS = Symbol('Needs');

/**
 * What the caller's key must hold for a query, mutation or subscription: any one of `scopes`. Queries and subscriptions
 * need READ without it; a mutation must say (see ScopeGuard).
 */
export const Needs = (...scopes: readonly Scope[]): MethodDecorator => SetMetadata(NEEDS, scopes);

export const OPEN_TO_WATCHERS = Symbol('OpenToWatchers');

/**
 * A query or subscription that answers also whom a key lets see one thing and nothing else. It looks at `caller.watches`
 * itself, and so does what leads on from the thing that it answers.
 */
export const OpenToWatchers = (): MethodDecorator => SetMetadata(OPEN_TO_WATCHERS, true);
