import { type BeforeApplicationShutdown, Global, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { AbuseLimits } from './abuse-limits.js';
import { VerificationEventFieldsResolver } from './event-fields.resolver.js';
import { InboundProofs } from './inbound-proofs.js';
import { VerificationProjectFieldsResolver } from './project-fields.resolver.js';
import { PursueVerification } from './pursue-verification.js';
import { StartReservations } from './start-reservations.js';
import { StartVerifications } from './start-verifications.js';
import { VerificationFieldsResolver, VerificationStepFieldsResolver } from './verification-fields.resolver.js';
import { VerificationReports } from './verification-reports.js';
import { VerificationSecrets } from './verification-secrets.js';
import { VerificationStore } from './verification-store.js';
import { VerificationTimers } from './verification-timers.js';
import { VerificationWays } from './verification-ways.js';
import { VerificationsReader } from './verifications.reader.js';
import { VerificationsResolver } from './verifications.resolver.js';
import { VerificationsService } from './verifications.service.js';
import { Watchers } from './watchers.js';
import { WatchTokens } from './watch-tokens.js';

@Global()
@Module({
  providers: [
    ...[AbuseLimits, PursueVerification, StartReservations, StartVerifications, VerificationWays, VerificationTimers],
    ...[VerificationSecrets, VerificationStore, VerificationsService, InboundProofs, VerificationReports],
    ...[VerificationsReader, WatchTokens, Watchers],
    ...[VerificationsResolver, VerificationFieldsResolver, VerificationStepFieldsResolver],
    ...[VerificationEventFieldsResolver, VerificationProjectFieldsResolver],
  ],
  exports: [InboundProofs, PursueVerification, VerificationReports],
})
export class VerificationsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly timers: VerificationTimers,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role !== 'api') this.timers.start();
  }

  /** Waits for the calls in hand and their records. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.timers.stop();
  }
}
