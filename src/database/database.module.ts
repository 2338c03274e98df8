import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { Vault } from '../common/vault.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database } from './database.js';
import { Signals } from './signals.js';

/** What every room stands on. It is made before Nest starts and outlives it: the rooms stop first, then these. */
export interface Foundations {
  /** `encryptionKey` is set: it was read from the environment or from DATA_DIR. */
  readonly config: Config;
  readonly clock: Clock;
  readonly database: Database;
  readonly signals: Signals;
  readonly vault: Vault;
}

/** Hands the foundations to every room: inject CONFIG, CLOCK, Database, Signals and Vault. */
@Global()
@Module({})
export class DatabaseModule {
  static with({ config, clock, database, signals, vault }: Foundations): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: CLOCK, useValue: clock },
      { provide: Database, useValue: database },
      { provide: Signals, useValue: signals },
      { provide: Vault, useValue: vault },
    ];
    return { module: DatabaseModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
