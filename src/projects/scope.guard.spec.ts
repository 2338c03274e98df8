import { type ExecutionContext, Module } from '@nestjs/common';
import { type DiscoveryService, DiscoveryModule, MetadataScanner, NestFactory, Reflector } from '@nestjs/core';
import { Mutation, Query, Resolver } from '@nestjs/graphql';
import { describe, expect, it } from 'vitest';
import { GraphqlContext } from '../graphql/context.js';
import { type Caller, Needs, OpenToWatchers } from './caller.js';
import { ScopeGuard } from './scope.guard.js';
import { type Scope } from './scopes.js';

@Resolver()
class Said {
  @Query(() => String)
  read(): string {
    return 'anybody who may READ';
  }

  @Needs('SEND')
  @Mutation(() => String)
  write(): string {
    return 'who may SEND';
  }
}

@Resolver()
class Forgotten {
  @Mutation(() => String)
  write(): string {
    return 'who may READ, by mistake';
  }
}

@Module({ imports: [DiscoveryModule], providers: [ScopeGuard, Said] })
class Sound {}

@Module({ imports: [DiscoveryModule], providers: [ScopeGuard, Said, Forgotten] })
class Forgetful {}

const start = async (module: new () => object): Promise<void> => {
  const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  await context.close();
};

it('lets a gateway start whose mutations all say their scope, and names those that do not', async () => {
  await start(Sound);
  await expect(start(Forgetful)).rejects.toThrow('with @Needs: Forgotten.write.');
});

class Roots {
  plain(): void {}

  @Needs('SEND')
  sending(): void {}

  @OpenToWatchers()
  watched(): void {}
}

const guard = new ScopeGuard(new Reflector(), {} as DiscoveryService, new MetadataScanner());
const caller = (scopes: readonly Scope[], more: Partial<Caller> = {}): Caller => ({
  ...{ projectId: 'project', apiKeyId: 'key', country: 'ID', expiresAt: null, ...more },
  scopes: new Set(scopes),
});
const enters = (who: Caller, root: keyof Roots): boolean =>
  guard.canActivate({
    getType: () => 'graphql',
    getHandler: () => Reflect.get(Roots.prototype, root) as unknown,
    getArgByIndex: () => new GraphqlContext(who, '127.0.0.1'),
  } as unknown as ExecutionContext);
const FORBIDDEN = expect.objectContaining({ extensions: { code: 'FORBIDDEN' } }) as Error;

describe('a key with scopes', () => {
  it('enters by any scope that the root names, and by READ where it names none', () => {
    expect(enters(caller(['SEND']), 'sending')).toBe(true);
    expect(() => enters(caller(['READ']), 'sending')).toThrow(FORBIDDEN);
    for (const root of ['plain', 'watched'] as const) {
      expect(enters(caller(['READ']), root)).toBe(true);
      expect(() => enters(caller(['OPERATOR']), root)).toThrow(FORBIDDEN);
    }
  });
});

describe('a key for one thing', () => {
  it('enters what is open to watchers and nothing else', () => {
    const watcher = caller([], { watches: 'thing' });
    expect(enters(watcher, 'watched')).toBe(true);
    for (const root of ['plain', 'sending'] as const) expect(() => enters(watcher, root)).toThrow(FORBIDDEN);
  });

  it('enters no more for scopes that it came by', () => {
    const watcher = caller(['READ', 'SEND'], { watches: 'thing' });
    for (const root of ['plain', 'sending'] as const) expect(() => enters(watcher, root)).toThrow(FORBIDDEN);
  });
});
