import { type CastAccount } from './cast.js';

/** What the gateway's tables and the simulator's ledger hold when the hour is over, for the judge. */
export interface Facts {
  readonly accounts: readonly AccountFact[];
  readonly messages: readonly MessageFact[];
  /** The messages that went out, as the providers counted them. */
  readonly sent: readonly SentFact[];
  /** All requests that counted for a limit, oldest first. */
  readonly calls: readonly CallFact[];
  /** The marks of the messages that the API has accepted, with their ids. */
  readonly accepted: ReadonlyMap<string, string>;
  readonly stops: readonly StopFact[];
  /** In which the marketing of one project may leave, by Jakarta's clocks. */
  readonly marketingHours: { readonly project: string; readonly from: string; readonly to: string };
  /** What the accounts' health became, each time that it changed. */
  readonly healthChanges: readonly string[];
}

export interface AccountFact extends Pick<
  CastAccount,
  'name' | 'kind' | 'key' | 'limit' | 'repeatSafe' | 'reports' | 'echoes'
> {
  readonly id: string;
}

export interface MessageFact {
  readonly id: string;
  readonly mark: string;
  readonly project: string;
  readonly status: string;
  readonly accountId: string;
  /** The account that it was accepted for. */
  readonly firstAccountId: string;
  readonly priority: number;
  readonly person: string;
  readonly marketing: boolean;
  readonly createdAt: Date;
  /** Waited for its time, or for the quiet hours to end. */
  readonly scheduled: boolean;
  readonly resendUnconfirmed: boolean;
  readonly fallbackOf: string | null;
  readonly fallbackRule: string | null;
  readonly dueAt: Date | null;
  readonly timerAt: Date | null;
  readonly attempts: readonly AttemptFact[];
  readonly events: readonly EventFact[];
  /** How often a person had it sent again. */
  readonly retries: number;
  /** A person said what became of it. */
  readonly resolved: boolean;
}

export interface AttemptFact {
  readonly id: string;
  readonly number: number;
  readonly accountId: string;
  readonly requestKey: string;
  readonly outcome: string | null;
  readonly providerMessageId: string | null;
  readonly startedAt: Date;
  readonly durationMs: number | null;
}

export interface EventFact {
  readonly type: string;
  readonly sequence: number;
  readonly status: string;
  readonly recordedAt: Date;
}

export interface SentFact {
  readonly mark: string;
  /** The provider's name of the account. */
  readonly account: string;
  readonly messageId: string;
  readonly requestId: string | null;
  readonly at: Date;
  /** What happened to it, whether anybody was told or not. */
  readonly happened: readonly string[];
  /** What the gateway was told, and took, in that order. */
  readonly told: readonly string[];
}

export interface CallFact {
  readonly account: string;
  readonly at: Date;
  /** To whom; null where the call carried no single message. */
  readonly recipient: string | null;
}

/** Somebody asked not to be sent marketing messages, from when the gateway knew it until they took it back. */
export interface StopFact {
  readonly project: string;
  readonly person: string;
  readonly from: Date;
  readonly until: Date | null;
}

/** What is wrong, a sentence each; none where all is well. */
export type Check = (facts: Facts) => string[];
