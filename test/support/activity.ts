import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import pg from 'pg';

/** What this process asks of PostgreSQL and over HTTP, while somebody watches. */
export interface Activity {
  /** The text of each statement so far; `begin` and `commit` too. */
  readonly statements: readonly string[];
  /** Forgets the statements so far. */
  forget(): void;
  /**
   * Resolves when nothing is under way: no statement, no connection being made, no HTTP call of undici's. For tests with a
   * clock that stands, where then nothing more happens until it is moved.
   */
  quiet(): Promise<void>;
  /** As `quiet`, but calls that nobody has moved for a while do not count: somebody holds their answers until the clock is moved. */
  settled(): Promise<void>;
  stop(): void;
}

/** So many turns of the event loop without anything are no pause between two steps. */
const QUIET_TURNS = 12;
/** A call under way whose ends are both in this process moves in each turn, unless its answer is held. */
const HELD_TURNS = 24;
const MOVES = [
  'undici:request:create',
  'undici:request:bodySent',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
  'undici:client:connected',
  'http.server.request.start',
  'http.server.response.finish',
];

/** Watches all connections of the process, those that are open already too. */
export function watchActivity(): Activity {
  const statements: string[] = [];
  let busy = 0;
  let idle: (() => void)[] = [];
  const client = pg.Client.prototype as unknown as Record<'query' | 'connect', (...args: unknown[]) => unknown>;
  const { query, connect } = client;
  const counted =
    (method: (...args: unknown[]) => unknown) =>
    (self: unknown, args: unknown[]): unknown => {
      let open = true;
      const end = (): void => {
        if (open) busy--;
        open = false;
        if (busy > 0) return;
        for (const go of idle) go();
        idle = [];
      };
      busy++;
      const last = args.at(-1);
      if (typeof last === 'function') {
        const callback = last as (...answer: unknown[]) => unknown;
        return method.apply(self, [
          ...args.slice(0, -1),
          (...answer: unknown[]) => {
            end();
            return callback(...answer);
          },
        ]);
      }
      const answer = method.apply(self, args);
      void Promise.resolve(answer).then(end, end);
      return answer;
    };
  const countedQuery = counted(query);
  const countedConnect = counted(connect);
  client.query = function (...args) {
    const [first] = args;
    statements.push(typeof first === 'string' ? first : String((first as { text?: string } | undefined)?.text));
    return countedQuery(this, args);
  };
  client.connect = function (...args) {
    return countedConnect(this, args);
  };
  const calls = new Set<unknown>();
  const begins = (told: unknown): void => void calls.add((told as { request: unknown }).request);
  const ends = (told: unknown): void => void calls.delete((told as { request: unknown }).request);
  subscribe('undici:request:create', begins);
  subscribe('undici:request:trailers', ends);
  subscribe('undici:request:error', ends);
  let moves = 0;
  const move = (): void => void moves++;
  for (const name of MOVES) subscribe(name, move);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    statements,
    forget: () => void statements.splice(0),
    quiet: async () => {
      for (let turns = 0; turns < QUIET_TURNS; turns = busy + calls.size > 0 ? 0 : turns + 1) await turn();
    },
    settled: async () => {
      for (let turns = 0, seen = moves; turns < HELD_TURNS; turns = busy > 0 || moves !== seen ? 0 : turns + 1) {
        seen = moves;
        // To turn the loop meanwhile would take the machine's time from PostgreSQL.
        await (busy > 0 ? new Promise<void>((resolve) => idle.push(resolve)) : turn());
      }
    },
    stop: () => {
      Object.assign(client, { query, connect });
      unsubscribe('undici:request:create', begins);
      unsubscribe('undici:request:trailers', ends);
      unsubscribe('undici:request:error', ends);
      for (const name of MOVES) unsubscribe(name, move);
    },
  };
}
