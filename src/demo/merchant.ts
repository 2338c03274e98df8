import { createClient } from 'graphql-ws';

/** What a mutation answers when it did not do what was asked. */
export interface Refusal {
  readonly __typename: 'Problem';
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
}

export const PROBLEM = '... on Problem { code message field }';

/** The merchant's own systems: they speak GraphQL over HTTP and WebSocket with a key, and know nothing else of the gateway. */
export interface Merchant {
  /** Answers `data`; throws what was wrong with the request. */
  ask<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** Hands each event to `see`, also over broken connections; rejects when the gateway refuses it. */
  follow<Data>(
    query: string,
    variables: Record<string, unknown>,
    see: (data: Data) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Hands over a file; answers its id, for `mediaId`. */
  upload(bytes: Buffer<ArrayBuffer>, filename: string, mimeType: string): Promise<string>;
  /** A file of that id; null while it is not there. */
  download(mediaId: string): Promise<{ readonly size: number; readonly mimeType: string } | null>;
}

/** `url` is the gateway's, without the path. */
export function merchant(url: string, key: string): Merchant {
  const authorization = `Bearer ${key}`;
  return {
    async ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await answer.json()) as { data?: Data; errors?: { message: string }[] };
      if (errors?.[0] || !data) throw new Error(`The gateway answered: ${errors?.[0]?.message ?? answer.status}`);
      return data;
    },
    follow<Data>(
      query: string,
      variables: Record<string, unknown>,
      see: (data: Data) => void,
      signal: AbortSignal,
    ): Promise<void> {
      const client = createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        connectionParams: { authorization },
      });
      return new Promise((resolve, reject) => {
        client.subscribe<Data>(
          { query, variables },
          {
            next: ({ data, errors }) => {
              if (errors?.[0]) reject(new Error(`The gateway answered: ${errors[0].message}`));
              else if (data) see(data);
            },
            error: (error) => (signal.aborted ? resolve() : reject(asError(error))),
            complete: resolve,
          },
        );
        signal.addEventListener('abort', () => {
          resolve();
          // One that is still connecting reports its end here as well.
          Promise.resolve(client.dispose()).catch(() => undefined);
        });
      });
    },
    async upload(bytes: Buffer<ArrayBuffer>, filename: string, mimeType: string): Promise<string> {
      const body = new FormData();
      body.set('file', new Blob([bytes], { type: mimeType }), filename);
      const answer = await fetch(`${url}/media`, { method: 'POST', headers: { authorization }, body });
      if (answer.status !== 201) throw new Error(`The upload was answered HTTP ${answer.status}.`);
      return ((await answer.json()) as { id: string }).id;
    },
    async download(mediaId: string): Promise<{ size: number; mimeType: string } | null> {
      const answer = await fetch(`${url}/media/${mediaId}`, { headers: { authorization } });
      const { byteLength } = await answer.arrayBuffer();
      return answer.ok ? { size: byteLength, mimeType: answer.headers.get('content-type') ?? '' } : null;
    },
  };
}

/** The thing that was asked for; throws where it was refused, which here is nobody's input but ours. */
export function granted<Thing extends object>(answer: Thing | Refusal, what: string): Thing {
  if (isRefusal(answer)) throw new Error(`${what} was refused with ${answer.code}: ${answer.message}`);
  return answer;
}

export const isRefusal = (answer: object): answer is Refusal =>
  (answer as { __typename?: string }).__typename === 'Problem';

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  if (Array.isArray(error)) return new Error((error as { message: string }[])[0]?.message);
  const { code } = error as { code?: number };
  return new Error(`The gateway closed the connection (${code ?? 'without a code'}).`);
}
