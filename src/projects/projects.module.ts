import { Global, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { DOORMAN } from '../graphql/context.js';
import { ApiKeysResolver } from './api-keys.resolver.js';
import { ApiKeysService } from './api-keys.service.js';
import { KeyRing } from './key-ring.js';
import { ProjectsResolver } from './projects.resolver.js';
import { ProjectsService } from './projects.service.js';
import { ScopeGuard } from './scope.guard.js';
import { ViewerResolver } from './viewer.resolver.js';

/** Tenants and their keys. Global: every room asks who is calling. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    KeyRing,
    { provide: DOORMAN, useExisting: KeyRing },
    { provide: APP_GUARD, useClass: ScopeGuard },
    ApiKeysService,
    ProjectsService,
    ApiKeysResolver,
    ProjectsResolver,
    ViewerResolver,
  ],
  exports: [KeyRing, DOORMAN, ProjectsService],
})
export class ProjectsModule {}
