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
import { PaymentStore } from './payment-store.js';

/** Asks rails where payments stand. */
@Injectable()
export class PaymentAsks {
  constructor(
    private readonly store: PaymentStore,
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
    const answers = await Promise.all(
      (await this.store.references(payment)).map(async (referenceId) => {
        const asked = questionOf(payment, referenceId);
        const answer = await this.calls.askApart(account, (_provider, signal) => inquiry.status(asked, signal), 'id');
        return isProblem(answer)
          ? answer
          : answer.reports.map((one) => this.wordOf(payment, account, referenceId, one));
      }),
    );
    const words = answers.flatMap((answer) => (isProblem(answer) ? [] : answer));
    // What is known of one card is not lost for want of an answer about another.
    return words.length > 0 ? words : (answers.find(isProblem) ?? []);
  }

  private wordOf(payment: Payment, account: ProviderAccount, asked: string, report: PaymentReport): PaymentWord {
    const { status, amount, transactionId, transactionUnnamed, paidWith, occurredAt, failure, proven } = report;
    return {
      paymentId: payment.id,
      card: asked,
      word: {
        ...{ source: 'INQUIRY', status, amount, transactionId, transactionUnnamed, paidWith, proven },
        accountId: account.id,
        reference: { named: report.reference, carried: asked },
        occurredAt: occurredAt ?? this.clock.now(),
        problem: failure && problemOf(account, failure),
      },
    };
  }
}

/** About one of the references under which it may be paid: an order that was sent again in the chat has several cards. */
function questionOf({ terms, requestId }: Payment, referenceId: string): Parameters<PaymentInquiry['status']>[0] {
  return { referenceId, requestId, configuration: terms.via === 'WHATSAPP' ? terms.configuration : null };
}

const GONE = problem('NO_ROUTE', 'The account was deleted: nobody can be asked.', 'id');
const cannotBeAsked = ({ name }: ProviderAccount): Problem =>
  problem(
    'UNSUPPORTED_BY_PROVIDER',
    `The account ${name} cannot be asked where a payment stands: tell us with recordPayment what reaches you.`,
    'id',
  );
