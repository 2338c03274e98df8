/** Plays a provider's answers over a real socket, so that the contract covers the way through http/ as well. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** One answer as it goes on the wire; `hang-up` reads the whole request and closes the line. */
export type Answer =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string } | 'hang-up';

/** Answers by path; the last one of a path is given again and again. */
export type Scene = Readonly<Record<string, readonly Answer[]>>;

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Player {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Called with every request before it is answered; the answer waits for it. */
  before: (request: Heard) => Promise<Answer | void>;
  play(scene: Scene): void;
  close(): Promise<void>;
}

/** Starts a player on a free loopback port. What no scene answers is a 404 without a body. */
export async function startPlayer(): Promise<Player> {
  let scene: Scene = {};
  const turns = new Map<string, number>();
  const heard: Heard[] = [];
  const next = (path: string): Answer => {
    const answers = scene[path] ?? [];
    const turn = turns.get(path) ?? 0;
    turns.set(path, turn + 1);
    return answers[Math.min(turn, answers.length - 1)] ?? { status: 404, body: '' };
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const said: Heard = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      heard.push(said);
      void player.before(said).then((instead) => {
        const answer = instead ?? next(said.path);
        if (answer === 'hang-up') return void request.socket.destroy();
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(answer.body);
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
