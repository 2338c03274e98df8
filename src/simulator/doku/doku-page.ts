import { type Answer, type ProviderCall } from '../behaviour.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { channelOf } from './doku-channels.js';
import { PAGE_PATH } from './doku-checkout-api.js';
import {
  type DokuCheckout,
  type DokuCheckouts,
  type DokuStatus,
  isOpen,
  isPaid,
  standingOf,
} from './doku-checkouts.js';
import { choosing, ended, failed, paid, paying, unknown } from './doku-page-html.js';
import { type DokuPayments } from './doku-payments.js';

/** What a person can do on it, and what comes of that. */
const DEEDS: Readonly<Record<string, DokuStatus>> = { pay: 'SUCCESS', fail: 'FAILED', wait: 'PENDING' };

/** The page on which a person pays: `{PAGE_PATH}{token}`, forms without a script. */
export class DokuPage {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly checkouts: DokuCheckouts,
    private readonly payments: DokuPayments,
  ) {}

  takes(method: string, path: string): boolean {
    return (method === 'GET' || method === 'POST') && path.startsWith(PAGE_PATH);
  }

  handle({ method, path, query, body }: ProviderCall): Answer {
    const checkout = this.checkouts.ofToken(path.slice(PAGE_PATH.length));
    if (checkout === undefined) return page(404, unknown());
    if (method === 'POST') return this.take(checkout, path, new URLSearchParams(body.toString('utf8')));
    return page(200, this.shown(checkout, query));
  }

  /** `?channel=…` pays with that one, `?other` chooses anew; without either, where the order stands. */
  private shown(checkout: DokuCheckout, query: URLSearchParams): string {
    const { transaction, expired } = standingOf(checkout, this.world.now());
    if (transaction !== undefined && isPaid(transaction)) return paid(checkout, transaction);
    if (expired) return ended(checkout);
    if (transaction?.status === 'FAILED' && checkout.disableRetry) return failed(checkout, transaction);
    const asked = query.get('channel');
    if (asked !== null && checkout.methods.includes(asked)) return paying(checkout, channelOf(asked));
    if (transaction === undefined || query.has('other')) return choosing(checkout);
    if (isOpen(transaction)) return paying(checkout, transaction.channel, transaction);
    return failed(checkout, transaction);
  }

  private take(checkout: DokuCheckout, path: string, form: URLSearchParams): Answer {
    const status = DEEDS[form.get('does') ?? ''];
    const channel = form.get('channel') ?? '';
    if (status === undefined || !checkout.methods.includes(channel)) return page(400, choosing(checkout));
    const { transaction, expired } = standingOf(checkout, this.world.now());
    const over = expired || (transaction !== undefined && isPaid(transaction));
    const last = checkout.disableRetry && transaction?.status === 'FAILED';
    // Nobody waits on the page for the merchant: its notice goes out beside this answer.
    if (!over && !last) void this.payments.act(checkout, status, { channel });
    return { status: 303, body: '', headers: { location: path } };
  }
}

/** No script, nothing from elsewhere, in no frame. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

function page(status: number, body: string): Answer {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  return { status, body, contentType: 'text/html; charset=utf-8', headers };
}
