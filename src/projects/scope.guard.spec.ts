import { Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { Mutation, Query, Resolver } from '@nestjs/graphql';
import { expect, it } from 'vitest';
import { Needs } from './caller.js';
import { ScopeGuard } from './scope.guard.js';

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
