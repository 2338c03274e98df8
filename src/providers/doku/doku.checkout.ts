/** DOKU Checkout: a page on which a person pays, opened by one signed request. */
import { referenceOf, retryAfterMs, unanswered } from '../../common/http-text.js';
import { parseObject } from '../../common/untrusted-json.js';
import { type Checkout, type CheckoutOutcome } from '../ports/payments.js';
import { type Account, type Tools } from '../ports/provider.js';
import { callsToPayments } from './doku.calls.js';
import { isSuccess, judgeFault, type Sentences } from './doku.outcome.js';
import { CHECKOUT_TARGET, checkoutBody, readPage } from './doku.payments.wire.js';
import { readFault } from './doku.wire.js';

export function dokuCheckout(account: Account, tools: Tools): Checkout {
  const call = callsToPayments(account, tools);
  return {
    async open(ask, signal) {
      const body = checkoutBody(ask, overriddenUrl(account, ask.methods));
      const { result } = await call({ requestId: ask.requestId, target: CHECKOUT_TARGET, body }, signal);
      if (result.kind !== 'answer') return unanswered('DOKU', result);
      const wait = retryAfterMs(result.headers['retry-after'], tools.now());
      return judgeCheckout(result.status, result.body, wait);
    },
  };
}

/** The outcome of Checkout's answer. */
export function judgeCheckout(status: number, body: Buffer, wait?: number): CheckoutOutcome {
  const answer = parseObject(body);
  const fault = readFault(answer);
  const page = fault ? null : readPage(answer);
  if (page && (isSuccess(status) || status === 409)) {
    return { outcome: 'accepted', reference: referenceOf(page.tokenId), url: page.url };
  }
  const outcome = judgeFault(status, fault, OF_CHECKOUTS, wait);
  // The Request-Id names the payment in what DOKU reports: it cannot be another one, and this one is used up.
  return outcome.outcome === 'deferred' && outcome.freshKey
    ? { outcome: 'refused', failure: { ...outcome.failure, message: USED_UP } }
    : outcome;
}

const OF_CHECKOUTS: Sentences = {
  auth: 'DOKU refused the credentials: compare clientId and secretKey with the dashboard (settings, API Keys), and the environment.',
  later: 'DOKU opens no more pages just now; it is tried again.',
  uncertain: 'DOKU gave no answer that can be read; the page may have been opened.',
  rejected:
    'DOKU refused the order: check its reference, which DOKU takes once, its total and the methods; its own code and words are beside.',
};

const USED_UP = 'DOKU could not open the page, and repeats that for the same request; ask for the payment again.';

/** The field of the back office that holds the notification URL of a method, and whether the method has one in SNAP too. */
interface Configured {
  readonly methods: RegExp;
  readonly topic: string;
  readonly hasSnap: boolean;
}

const CONFIGURED: readonly Configured[] = [
  { methods: /^CREDIT_CARD$/, topic: 'payment/card', hasSnap: false },
  { methods: /^ONLINE_TO_OFFLINE_/, topic: 'payment/convenience-store', hasSnap: false },
  { methods: /^PEER_TO_PEER_/, topic: 'payment/paylater', hasSnap: false },
  { methods: /^VIRTUAL_ACCOUNT_/, topic: 'payment/virtual-account', hasSnap: true },
  { methods: /^EMONEY_/, topic: 'payment/e-wallet', hasSnap: true },
  { methods: /^DIRECT_DEBIT_/, topic: 'payment/direct-debit', hasSnap: true },
  { methods: /^QRIS$/, topic: 'payment/qris', hasSnap: true },
];

/**
 * The address for the notices of one payment, where it may be named; null leaves it to the back office.
 *
 * DOKU takes another host than that of the configured URL and no other path ("Override Notification URL", 2025), so it
 * serves an account whose gateway moved: the callback key in the path stays. The back office has a URL for each channel, and
 * a page one override for all that it offers. Therefore it is named only where every method of the page belongs to one of
 * our topics, whose address is then the configured one. An account with DOKU's public key may have the SNAP topic there
 * instead, which nothing tells. And an address that DOKU refuses, or cannot reach, would take away notices that come without it.
 */
function overriddenUrl(account: Account, methods: readonly string[]): string | null {
  const found = new Set(methods.map((method) => CONFIGURED.find((each) => each.methods.test(method))));
  const [configured] = found;
  if (found.size !== 1 || !configured) return null;
  if (configured.hasSnap && account.credentials['dokuPublicKey']) return null;
  const url = URL.parse(`${account.callbackBase}/${configured.topic}`);
  return url?.protocol === 'https:' && !url.hostname.includes('ngrok') ? url.href : null;
}
