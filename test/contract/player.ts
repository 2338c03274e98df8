/** Plays a provider's answers over a real socket, so that the contract covers the way through http/ as well. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** Stands for the player's own address in the text of an answer, where a provider answers with a link to itself. */
export const PLAYER = '{{player}}';

/** One answer as it goes on the wire; `hang-up` reads the whole request and closes the line. */
export type Answer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string | Buffer;
    }
  | 'hang-up';

/**
 * Answers by what is asked for: `/v1/send`, `DELETE /v1/send`, with its query or without; the closest description wins.
 * The last answer of one is given again and again.
 */
export type Scene = Readonly<Record<string, readonly Answer[]>>;

/** A scene from a provider's documents. */
export interface Tape {
  /** The document and the place in it, or the house's own rule where the document is silent. */
  readonly source: string;
  /** The document's date, or the day it was read. */
  readonly date: string;
  readonly made: 'documented' | 'recorded' | 'inferred';
  readonly scene: Scene;
}

export interface Heard {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The body's exact bytes: of a multipart one, the text is not all. */
  readonly bytes: Buffer;
}

export interface Player {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Called with every request before it is answered; the answer waits for it. */
  before: (request: Heard) => Promise<Answer | void>;
  play(scene: Scene): void;
  close(): Promise<void>;
}

/** True when the request is what a key of a scene describes. */
export function isFor(request: Heard, description: string): boolean {
  return descriptionsOf(request).includes(description);
}

function descriptionsOf({ method, path }: Heard): string[] {
  const bare = path.split('?', 1)[0]!;
  return [`${method} ${path}`, path, `${method} ${bare}`, bare];
}

/** Starts a player on a free loopback port. What no scene answers is a 404 without a body. */
export async function startPlayer(): Promise<Player> {
  let scene: Scene = {};
  const turns = new Map<string, number>();
  const heard: Heard[] = [];
  const next = (request: Heard): Answer => {
    const key = descriptionsOf(request).find((each) => scene[each]) ?? request.path;
    const answers = scene[key] ?? [];
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return answers[Math.min(turn, answers.length - 1)] ?? { status: 404, body: '' };
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const said: Heard = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: bytes.toString('utf8'),
        bytes,
      };
      heard.push(said);
      void player.before(said).then((instead) => {
        const answer = instead ?? next(said);
        if (answer === 'hang-up') return void request.socket.destroy();
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(typeof answer.body === 'string' ? answer.body.replaceAll(PLAYER, player.url) : answer.body);
      });
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const player: Player = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    before: async () => {},
    play(played) {
      scene = played;
      turns.clear();
      heard.length = 0;
      player.before = async () => {};
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return player;
}

/** An address where a moment ago a server was, and none is now. */
export async function portWithoutServer(): Promise<string> {
  const gone = await startPlayer();
  await gone.close();
  return gone.url;
}
