import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { HTTP } from '../http/http.js';
import { UndiciHttp } from '../http/undici-http.js';
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
import { Vault } from './vault.js';

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
    {
      provide: HTTP,
      inject: [CONFIG],
      useFactory: ({ allowPrivateUrls }: Config) => new UndiciHttp({ allowPrivate: allowPrivateUrls }),
    },
    {
      provide: Vault,
      inject: [CONFIG],
      useFactory: ({ encryptionKey }: Config) => {
        if (!encryptionKey) throw new Error('There is no encryption key to seal credentials with.');
        return new Vault(encryptionKey);
      },
    },
  ],
  // media/ fetches what merchants link to.
  exports: [...SHARED, HTTP],
})
export class ProvidersModule {}
