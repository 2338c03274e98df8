/** Asks Meta where the payment of an order stands ("Receive payments via payment gateways", "Confirm payment"). */
import { type Answer, type Failure } from '../ports/outcome.js';
import { type PaymentInquiry } from '../ports/payments.js';
import { type Account } from '../ports/provider.js';
import { type Graph } from './meta.graph.js';
import { failed, failure } from './meta.outcome.js';
import { answeredPayments } from './meta.payment-reports.js';
import { paths } from './meta.wire.js';

/** They are parts of an address, where these lead one level up. */
const NO_SEGMENT: readonly string[] = ['', '.', '..'];

const NO_NAME =
  'Meta is asked by the name of the payment configuration and the reference, and this order has none that can be asked by.';

export function metaPayments(account: Account, graph: Graph): PaymentInquiry {
  return {
    async status({ referenceId, configuration }, signal) {
      if (configuration === null || NO_SEGMENT.includes(configuration) || NO_SEGMENT.includes(referenceId)) {
        return given('UNSUPPORTED_BY_PROVIDER', NO_NAME, false);
      }
      const path = paths.payment(account.credentials['phoneNumberId'] ?? '', configuration, referenceId);
      const { read, exchange } = await graph.call({ method: 'GET', path }, signal);
      if (read.outcome !== 'good') {
        // Not yet known of, where nothing else is wrong: a code that says so decides.
        const isUnknown = read.outcome === 'refused' && read.failure.code === 'PROVIDER_REJECTED';
        return isUnknown && exchange.response?.status === 404 ? { outcome: 'answered', reports: [] } : failed(read);
      }
      const reports = answeredPayments(read.said, referenceId);
      return reports === null
        ? given('PROVIDER_UNAVAILABLE', 'Meta answered without a list of payments; it is asked again.', true)
        : { outcome: 'answered', reports };
    },
  };
}

function given(code: Failure['code'], message: string, retryable: boolean): Answer<never> {
  return { outcome: 'failed', failure: failure(code, message, null), retryable };
}
