import { type Accounts } from './accounts.js';
import { type Answer, type ProviderCall, type SimulatedKind } from './behaviour.js';
import { type CallbackManner } from './callback-manner.js';
import { type Callbacks } from './callbacks.js';
import { type ChatOrders } from './chat-orders.js';
import { type Faults } from './faults.js';
import { type Files } from './files.js';
import { type Ledger } from './ledger.js';
import { type SessionWindows } from './session-windows.js';
import { type Timers } from './timers.js';

/** What all providers share. */
export interface SimulatedWorld {
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly callbacks: Callbacks;
  readonly files: Files;
  readonly windows: SessionWindows;
  readonly orders: ChatOrders;
  readonly now: () => Date;
  /** Whatever happens later, e.g. the review of a template. */
  readonly timers: Timers;
  /** False: templates that are not known are taken with any number of values. */
  readonly strict: boolean;
  /** How much of what grows with the messages is kept. */
  readonly capacity: number;
  /** Where the simulator is: `http://127.0.0.1:4010`. */
  readonly url: () => string;
}

/** One provider: a folder here, and a line in providers.ts. */
export interface SimulatedProvider {
  readonly kind: SimulatedKind;
  /** Whether a request is for it. `path` is as written, without the query. */
  takes(method: string, path: string): boolean;
  /** The most bytes of a body that it takes there; 1 MiB where absent. */
  largestBody?(path: string): number;
  handle(call: ProviderCall): Answer | Promise<Answer>;
  /** How it calls back; absent where it never does. */
  readonly manner?: CallbackManner;
  /** Ends the tokens of one account, or of all; answers how many. */
  killTokens?(account?: string): number;
  /** A control endpoint of its own, `/_simulator/<kind in lower case>/…`; undefined when there is none of that name. */
  control?(method: string, path: string, query: URLSearchParams, body: Buffer): Answer | Promise<Answer> | undefined;
}
