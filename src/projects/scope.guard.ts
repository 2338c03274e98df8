import { type CanActivate, type ExecutionContext, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type GqlContextType } from '@nestjs/graphql';
import { forbidden } from '../graphql/errors.js';
import { contextOf, NEEDS, OPEN_TO_WATCHERS } from './caller.js';
import { type Scope } from './scopes.js';

const USUAL: readonly Scope[] = ['READ'];
/** Where @nestjs/graphql keeps what `@Query()` and `@Mutation()` said of a method. */
const RESOLVER_TYPE = 'graphql:resolver_type';

/** Holds each query, mutation and subscription against the scopes of the caller's key. */
@Injectable()
export class ScopeGuard implements CanActivate, OnModuleInit {
  constructor(
    private readonly reflector: Reflector,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  canActivate(execution: ExecutionContext): boolean {
    // Routes beside GraphQL ask for themselves: KeyRing.authenticate.
    if (execution.getType<GqlContextType>() !== 'graphql') return true;
    const { scopes, watches } = contextOf(execution).caller;
    if (watches !== undefined) {
      if (this.reflector.get<true | undefined>(OPEN_TO_WATCHERS, execution.getHandler())) return true;
      throw forbidden('This key opens the one thing that it was made for, to read and to follow, and nothing else.');
    }
    const needed = this.reflector.get<readonly Scope[] | undefined>(NEEDS, execution.getHandler()) ?? USUAL;
    if (needed.some((scope) => scopes.has(scope))) return true;
    throw forbidden(`The key lacks the scope ${needed.join(' or ')}.`);
  }

  /** Refuses to start with a mutation that says nothing of its scopes: READ would do for it. */
  onModuleInit(): void {
    const silent = this.discovery.getProviders().flatMap((wrapper) => {
      const instance = wrapper.instance as object | null | undefined;
      const prototype = instance ? (Object.getPrototypeOf(instance) as object | null) : null;
      if (!prototype) return [];
      return this.scanner
        .getAllMethodNames(prototype)
        .map((method) => [method, (prototype as Record<string, unknown>)[method]] as const)
        .filter(([, method]) => typeof method === 'function')
        .filter(([, method]) => Reflect.getMetadata(RESOLVER_TYPE, method as object) === 'Mutation')
        .filter(([, method]) => !Reflect.hasMetadata(NEEDS, method as object))
        .map(([method]) => `${String(wrapper.name)}.${method}`);
    });
    if (silent.length > 0)
      throw new Error(`A mutation must say which scope it needs, with @Needs: ${silent.join(', ')}.`);
  }
}
