/** The simulated Meta with its first account, a client of it, and somebody who takes its webhooks; its clock is moved by hand. */
import { META_ACCOUNTS, type SimulatedMetaAccount } from '../../src/simulator/meta/meta-account.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { type MetaClient, metaClient, PERSON, receiveWebhooks, type WebhookReceiver } from './meta-peers.js';

export const ACCOUNT = META_ACCOUNTS.accounts[0] as SimulatedMetaAccount;
/** What the clock shows at first. */
export const START = Date.parse('2026-01-05T03:00:00Z');

export interface MetaStage {
  readonly simulator: Simulator;
  readonly receiver: WebhookReceiver;
  readonly timers: ManualTimers;
  readonly client: MetaClient;
  /** Sets up the account anew, with `change` over what it is at first. */
  readonly configure: (change: Partial<SimulatedMetaAccount>) => void;
  /** A person writes to the account. */
  readonly write: (change?: Record<string, unknown>) => Promise<void>;
  /** Lets the next `count` things that are due happen, and what they post arrive. */
  readonly happen: (count: number) => Promise<void>;
  /** Those of all webhooks, in the order in which they came. */
  readonly statuses: () => Record<string, unknown>[];
  stop(): Promise<void>;
}

export async function startMetaStage(): Promise<MetaStage> {
  const account = ACCOUNT.phoneNumberId;
  const timers = new ManualTimers();
  const receiver = await receiveWebhooks();
  const simulator = await startSimulator({ port: 0, now: () => new Date(START + timers.now), timers });
  simulator.configure({ callbacks: [{ kind: 'META', account, url: receiver.url }] });
  return {
    simulator,
    receiver,
    timers,
    client: metaClient(simulator.url, account, ACCOUNT.accessToken),
    configure: (change) => simulator.configure({ accounts: [{ ...ACCOUNT, ...change }] }),
    async write(change = { text: 'Halo' }) {
      const written = await simulator.receive({ kind: 'META', account, from: `+${PERSON}`, ...change });
      if (written.length !== 1) throw new Error(`${written.length} things came of one that was written`);
    },
    async happen(count) {
      const before = receiver.received.length;
      for (let n = 0; n < count; n++) await timers.next();
      await receiver.until(before + count);
    },
    statuses: () =>
      receiver.received.flatMap(({ value }) => (value['statuses'] as Record<string, unknown>[] | undefined) ?? []),
    async stop() {
      await simulator.stop();
      await receiver.stop();
    },
  };
}

/** A message of a template with these values in its body. */
export const templateMessage = (name: string, values: readonly string[], language = 'id'): Record<string, unknown> => ({
  type: 'template',
  template: {
    name,
    language: { code: language, policy: 'deterministic' },
    components: [{ type: 'body', parameters: values.map((value) => ({ type: 'text', text: value })) }],
  },
});
