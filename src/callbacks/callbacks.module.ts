import {
  type BeforeApplicationShutdown,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { CONFIG, type Config } from '../config/config.js';
import { Signals } from '../database/signals.js';
import { Lanes } from '../queue/lanes.js';
import { HttpRoutes } from '../server/http-routes.js';
import { CallbackDoor } from './callback-door.js';
import { callbackRoutes } from './callback-routes.js';
import { Observations } from './observations.service.js';
import { ParkedCallbacks } from './parked-callbacks.js';
import { ReadCallbacks } from './read-callbacks.js';

@Module({ providers: [CallbackDoor, Observations, ParkedCallbacks, ReadCallbacks] })
export class CallbacksModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(CallbacksModule.name);
  private readonly lanes: Lanes;

  constructor(
    private readonly door: CallbackDoor,
    private readonly reader: ReadCallbacks,
    private readonly routes: HttpRoutes,
    private readonly signals: Signals,
    @Inject(CLOCK) clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.lanes = new Lanes({
      clock,
      due: () => this.reader.dueAccounts(),
      claim: (accountId) => this.reader.claim(accountId),
      concurrency: 1,
      onError: (error) => this.logger.error(fault(error)),
    });
  }

  onModuleInit(): void {
    this.routes.add(callbackRoutes(this.door));
  }

  onApplicationBootstrap(): void {
    if (this.config.role === 'api') return;
    this.signals.on('callbacks', (accountIds) => accountIds.forEach((id) => this.lanes.wake(id)));
    this.lanes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.door.idle();
    await this.lanes.stop();
  }
}
