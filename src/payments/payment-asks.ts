import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { AccountStore } from '../providers/account-store.js';
import { problemOf, type ProviderAccount } from '../providers/accounts.service.js';
import { type PaymentReport } from '../providers/ports/callbacks.js';
import { type PaymentInquiry } from '../providers/ports/payments.js';
import { ProviderCalls } from '../providers/provider-calls.service.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { type PaymentWord } from './payment-progress.js';
import { type Payment } from './payment-row.js';

/** Asks rails where payments stand. */
@Injectable()
export class PaymentAsks {
  constructor(
    private readonly accounts: AccountStore,
    private readonly pool: ProviderPool,
    private readonly calls: ProviderCalls,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What the rail says of it; UNSUPPORTED_BY_PROVIDER where it cannot be asked. None: it knows nothing yet. */
  async ask(payment: Payment): Promise<readonly PaymentWord[] | Problem> {
    const account = (await this.accounts.byIds([payment.accountId])).get(payment.accountId);
    if (!account || account.deletedAt) return GONE;
    const inquiry = this.pool.of(account).payments;
    if (!inquiry) return cannotBeAsked(account);
    const asked = this.referenceOf(payment);
    const answer = await this.calls.askApart(account, (_provider, signal) => inquiry.status(asked, signal), 'id');
    return isProblem(answer) ? answer : answer.reports.map((report) => this.wordOf(payment, account, report));
  }

  /** Of an order that was sent again in the chat the card that counts. */
  private referenceOf({ terms, cardReference, requestId }: Payment): Parameters<PaymentInquiry['status']>[0] {
    const configuration = terms.via === 'WHATSAPP' ? terms.configuration : null;
    return { referenceId: cardReference, requestId, configuration };
  }

  private wordOf(payment: Payment, account: ProviderAccount, report: PaymentReport): PaymentWord {
    const { status, amount, transactionId, transactionUnnamed, paidWith, occurredAt, failure, proven } = report;
    return {
      paymentId: payment.id,
      card: payment.cardReference,
      word: {
        ...{ source: 'INQUIRY', status, amount, transactionId, transactionUnnamed, paidWith, proven },
        accountId: account.id,
        reference: { named: report.reference, carried: payment.cardReference },
        occurredAt: occurredAt ?? this.clock.now(),
        problem: failure && problemOf(account, failure),
      },
    };
  }
}

const GONE = problem('NO_ROUTE', 'The account was deleted: nobody can be asked.', 'id');
const cannotBeAsked = ({ name }: ProviderAccount): Problem =>
  problem(
    'UNSUPPORTED_BY_PROVIDER',
    `The account ${name} cannot be asked where a payment stands: tell us with recordPayment what reaches you.`,
    'id',
  );
