import { type SimulatedTemplate } from './account-kind.js';
import { type SimulatedAccount } from './accounts.js';
import { type CallbackPlan } from './behaviour.js';
import { type CallbackTarget } from './callbacks.js';
import { type Fault } from './faults.js';
import { type Timers } from './timers.js';

/** What can be added at any time; a later entry of the same name replaces the earlier one. */
export interface SimulatorConfiguration {
  readonly accounts?: readonly SimulatedAccount[];
  readonly templates?: readonly SimulatedTemplate[];
  readonly callbacks?: readonly CallbackTarget[];
  readonly faults?: readonly Fault[];
}

export interface SimulatorOptions extends SimulatorConfiguration {
  /** 0: any that is free. */
  readonly port: number;
  /** 127.0.0.1 where absent. The control endpoints ask nobody who they are: think before making it another. */
  readonly host?: string;
  readonly now?: () => Date;
  /** Everything that happens later, so that tests need not wait. */
  readonly timers?: Timers;
  /** Of the choices where a fault has a rate. */
  readonly seed?: number;
  /** False: templates that are not known are taken with any number of values. True where absent. */
  readonly strict?: boolean;
  /** Messages and Request-Ids that are kept; 200,000 where absent. */
  readonly ledgerCapacity?: number;
  /** What differs from the usual: statuses sent, delivered, read; the first after 50 ms, then 100 ms apart. */
  readonly callbackPlan?: Partial<CallbackPlan>;
  /** Between the tries of a callback that is not taken, in milliseconds, in place of each provider's own. */
  readonly callbackRetryAfterMs?: readonly number[];
  /** Callbacks under way at once, for each address they go to; 64 where absent. */
  readonly callbackConnections?: number;
}
