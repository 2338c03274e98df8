import { Global, Module } from '@nestjs/common';
import { AccountCalls } from './account-calls.service.js';
import { AccountStore } from './account-store.js';
import { AccountsReader } from './accounts.reader.js';
import { AccountsService } from './accounts.service.js';
import { CallbackFamilies } from './callback-families.js';
import { CallbackAccounts } from './callback-accounts.js';
import { CATALOGUE } from './catalogue.js';
import { NumberChecksResolver } from './number-checks.resolver.js';
import { NumberChecksService } from './number-checks.service.js';
import { PROVIDER_CATALOGUE } from './ports/provider.js';
import { ProviderCalls } from './provider-calls.service.js';
import { ProviderPool } from './provider-pool.js';
import { AccountEventFieldsResolver } from './event-fields.resolver.js';
import { ProviderFailureFieldsResolver } from './failure-fields.resolver.js';
import { ProvidersResolver } from './providers.resolver.js';
import { RoutingService } from './routing.service.js';

const SHARED = [
  ...[AccountCalls, AccountStore, AccountsReader, AccountsService, CallbackAccounts, CallbackFamilies],
  ...[ProviderCalls, ProviderPool, RoutingService],
];

@Global()
@Module({
  providers: [
    ...SHARED,
    ProvidersResolver,
    NumberChecksResolver,
    NumberChecksService,
    AccountEventFieldsResolver,
    ProviderFailureFieldsResolver,
    { provide: PROVIDER_CATALOGUE, useValue: CATALOGUE },
  ],
  exports: SHARED,
})
export class ProvidersModule {}
