import { type BeforeApplicationShutdown, Global, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { CheckoutPages } from './checkout-pages.js';
import { CreatePayments } from './create-payments.js';
import {
  MessagePaymentFieldsResolver,
  OrderContentFieldsResolver,
  PaymentEventFieldsResolver,
} from './other-fields.resolver.js';
import { PaymentAsks } from './payment-asks.js';
import { PaymentChanges } from './payment-changes.js';
import { PaymentFieldsResolver } from './payment-fields.resolver.js';
import { PaymentProgress } from './payment-progress.js';
import { PaymentReports } from './payment-reports.js';
import { PaymentStore } from './payment-store.js';
import { PaymentTimers } from './payment-timers.js';
import { PaymentWords } from './payment-words.service.js';
import { PaymentsReader } from './payments.reader.js';
import { PaymentsResolver } from './payments.resolver.js';
import { PaymentsService } from './payments.service.js';

@Global()
@Module({
  providers: [
    ...[
      CheckoutPages,
      CreatePayments,
      PaymentAsks,
      PaymentChanges,
      PaymentProgress,
      PaymentReports,
      PaymentStore,
      PaymentTimers,
    ],
    ...[PaymentsReader, PaymentsService, PaymentWords],
    ...[PaymentsResolver, PaymentFieldsResolver],
    ...[PaymentEventFieldsResolver, MessagePaymentFieldsResolver, OrderContentFieldsResolver],
  ],
  exports: [PaymentReports],
})
export class PaymentsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly timers: PaymentTimers,
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
