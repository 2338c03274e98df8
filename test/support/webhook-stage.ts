import { type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { later, SECOND } from '../../src/common/clock.js';
import { type NewEvent } from '../../src/events/event-types.js';
import { watchActivity } from './activity.js';
import { type Gateway, startGateway } from './gateway.js';
import { ManualClock } from './manual-clock.js';
import {
  anEvent,
  type Answering,
  type Hit,
  projectOf,
  type Receiver,
  startReceiver,
  webhooksOf,
  writeEvents,
} from './webhooks.js';
import { handsOf, type World } from './world.js';

/** An endpoint and the merchant's server that it leads to. */
export interface StagedEndpoint extends Omit<Receiver, 'close'> {
  readonly id: string;
  readonly secret: string;
  /** When each hit came, by the gateway's clock. */
  readonly times: readonly Date[];
  /** What became of each event, oldest first. */
  deliveries(): Promise<any[]>;
  /** The same of the only one. */
  delivery(): Promise<any>;
  /** As the API shows it now. */
  shown(): Promise<any>;
}

/** A gateway whose clock stands until it is moved, and whoever hears of its events. */
export interface WebhookStage {
  readonly clock: ManualClock;
  readonly gateway: Gateway;
  readonly ask: World['ask'];
  readonly hooks: ReturnType<typeof webhooksOf>;
  /** An endpoint that hears of everything, at a server that answers so; 200 without a word. */
  endpoint(how?: Answering | number, types?: readonly string[], path?: string): Promise<StagedEndpoint>;
  /** So many events happen now, each of a thing of its own; resolves when all is done that is to be done now. */
  happen(count?: number, over?: Partial<NewEvent>): Promise<void>;
  /** Until the gateway has nothing more to do before the clock moves; calls whose answer is held stay open. */
  quiet(): Promise<void>;
  /** Lets time pass in steps, and at each waits until it is quiet. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** To that time at once; what was due on the way is done then. */
  passTo(time: Date): Promise<void>;
  /** Deletes all endpoints and closes their servers. */
  clear(): Promise<void>;
  /** Stops the gateway, drops the database, and closes the servers. */
  close(): Promise<void>;
}

export async function startWebhookStage(): Promise<WebhookStage> {
  const clock = new ManualClock();
  const gateway = await startGateway({ clock });
  const activity = watchActivity();
  const { ask } = handsOf(gateway.call);
  const hooks = webhooksOf(ask);
  const projectId = await projectOf(ask);
  const receivers: Receiver[] = [];
  const quiet = (): Promise<void> => activity.settled();
  const closeReceivers = async (): Promise<void> => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  };
  const passTo = async (time: Date): Promise<void> => {
    // Workers look once a second: after a longer way they still looked at its beginning.
    for (const stop of [later(time, -SECOND), time]) {
      if (stop >= clock.now()) clock.set(stop);
      await quiet();
    }
  };
  return {
    ...{ clock, gateway, ask, hooks, quiet, passTo },
    endpoint: async (how = 200, types = [], path = '') => {
      const times: Date[] = [];
      const timed = (next: Answering | number): Answering => {
        return (hit, response, request) => {
          times.push(clock.now());
          if (typeof next === 'number') response.writeHead(next).end();
          else next(hit, response, request);
        };
      };
      const receiver = await startReceiver(timed(how));
      receivers.push(receiver);
      const { endpoint, secret } = await hooks.create(receiver.url + path, types);
      await quiet();
      const deliveries = async (): Promise<any[]> => (await hooks.deliveries({ endpointId: endpoint.id })).reverse();
      return {
        ...{ id: endpoint.id, secret, times, deliveries },
        ...{ url: receiver.url, hits: receiver.hits, first: (count) => receiver.first(count) },
        answer: (next) => receiver.answer(timed(next)),
        delivery: async () => {
          const found = await deliveries();
          if (found.length !== 1) throw new Error(`There are ${found.length} deliveries.`);
          return found[0];
        },
        shown: async () => (await hooks.endpoints()).find(({ id }) => id === endpoint.id),
      };
    },
    happen: async (count = 1, over = {}) => {
      const recordedAt = clock.now();
      const events = Array.from({ length: count }, () => anEvent(projectId, { recordedAt, ...over }));
      await writeEvents(gateway, events);
      await quiet();
    },
    pass: async (ms, stepMs = SECOND) => {
      const end = later(clock.now(), ms);
      while (clock.now() < end) await passTo(new Date(Math.min(clock.now().getTime() + stepMs, end.getTime())));
    },
    clear: async () => {
      for (const { id } of await hooks.endpoints()) await hooks.remove(id);
      await closeReceivers();
      await quiet();
    },
    close: async () => {
      activity.stop();
      await closeReceivers();
      await gateway.close();
    },
  };
}

/** Answers nothing until it is told to. */
export function holding(): { readonly answering: Answering; readonly release: (status: number) => void } {
  const held: ServerResponse[] = [];
  return {
    answering: (_hit, response) => void held.push(response),
    release: (status) => held.splice(0).forEach((response) => response.writeHead(status).end()),
  };
}

/** An answer with this status and these headers. */
export const answers =
  (status: number, headers: Record<string, string> = {}, body = ''): Answering =>
  (_hit, response) =>
    void response.writeHead(status, headers).end(body);

/** When the hit says that it was made; whole seconds. */
export const timestampOf = ({ headers }: Hit): Date => new Date(Number(headers['webhook-timestamp']) * 1000);

/** How many signatures the hit bears, and whether this secret's is among them, by the standard's own library. */
export function signaturesOf(hit: Hit, secret: string): { readonly count: number; readonly genuine: boolean } {
  const signatures = hit.headers['webhook-signature']!.split(' ');
  // The library verifies by the machine's clock, and the stage has its own.
  const genuine = signatures.includes(new Webhook(secret).sign(hit.id, timestampOf(hit), hit.body));
  return { count: signatures.length, genuine };
}
