import {
  type BeforeApplicationShutdown,
  Global,
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
import { KeyRing } from '../projects/key-ring.js';
import { Lanes } from '../queue/lanes.js';
import { HttpRoutes } from '../server/http-routes.js';
import { FetchMedia } from './fetch-media.js';
import { MediaFiles } from './media-files.js';
import { MediaLinks } from './media-links.js';
import { mediaRoutes } from './media-routes.js';
import { MediaService } from './media.service.js';
import { MerchantLinks } from './merchant-links.js';

/** Files of one account that are fetched at the same time, in one process: each may be 100 MiB in memory. */
const FETCHED_AT_ONCE = 2;

@Global()
@Module({
  providers: [FetchMedia, MediaFiles, MediaLinks, MediaService, MerchantLinks],
  exports: [MediaService, MerchantLinks],
})
export class MediaModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MediaModule.name);
  private readonly lanes: Lanes;

  constructor(
    private readonly fetch: FetchMedia,
    private readonly media: MediaService,
    private readonly files: MediaFiles,
    private readonly links: MediaLinks,
    private readonly keys: KeyRing,
    private readonly routes: HttpRoutes,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.lanes = new Lanes({
      clock,
      due: () => this.fetch.dueAccounts(),
      claim: (accountId) => this.fetch.claim(accountId),
      concurrency: FETCHED_AT_ONCE,
      onError: (error) => this.logger.error(fault(error)),
    });
  }

  onModuleInit(): void {
    const { media, links, keys, clock } = this;
    this.routes.add(mediaRoutes({ media, links, keys, clock, origins: this.config.corsOrigins }));
  }

  onApplicationBootstrap(): void {
    this.files.sweep().catch((error: unknown) => this.logger.error(fault(error)));
    if (this.config.role === 'api') return;
    this.signals.on('media', (accountIds) => accountIds.forEach((id) => this.lanes.wake(id)));
    this.lanes.start();
  }

  /** Takes no more files, and waits for those in hand. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.lanes.stop();
  }
}
