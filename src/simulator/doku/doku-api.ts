import { type Answer, NO_ANSWER, type ProviderCall } from '../behaviour.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { DokuCalls } from './doku-calls.js';
import { DokuCheckoutApi } from './doku-checkout-api.js';
import { DokuCheckouts } from './doku-checkouts.js';
import { DokuControl } from './doku-control.js';
import { DokuKeys } from './doku-keys.js';
import { DokuNotifier } from './doku-notifier.js';
import { DokuPage } from './doku-page.js';
import { DokuPaychatApi } from './doku-paychat-api.js';
import { DokuPayments } from './doku-payments.js';

/** DOKU: PAYCHAT, and Checkout with its page, its Check Status and its notifications. */
export class DokuApi implements SimulatedProvider {
  readonly kind = 'DOKU';
  private readonly parts: readonly Pick<SimulatedProvider, 'takes' | 'handle'>[];
  private readonly hand: DokuControl;

  constructor(world: SimulatedWorld) {
    const calls = new DokuCalls(world);
    const keys = new DokuKeys();
    const checkouts = new DokuCheckouts(world.capacity);
    const notifier = new DokuNotifier(world, keys);
    const payments = new DokuPayments(world, notifier);
    this.hand = new DokuControl(world, checkouts, payments, notifier, keys);
    this.parts = [
      new DokuPaychatApi(world, calls),
      new DokuCheckoutApi(world, calls, checkouts),
      new DokuPage(world, checkouts, payments),
    ];
  }

  takes(method: string, path: string): boolean {
    return this.parts.some((part) => part.takes(method, path));
  }

  handle(call: ProviderCall): Answer | Promise<Answer> {
    const part = this.parts.find((one) => one.takes(call.method, call.path));
    return part?.handle(call) ?? NO_ANSWER;
  }

  control(method: string, path: string, query: URLSearchParams, body: Buffer): Answer | Promise<Answer> | undefined {
    return this.hand.handle(method, path, query, body);
  }
}
