/** Every outgoing call of the house goes through this port: pools for speed, the address guard for safety. */
export interface Http {
  /** Never throws: what went wrong is a value that says whether the request may have been read. */
  request(request: HttpRequest): Promise<HttpResult>;
}

/** Nest's token for the port. */
export const HTTP = Symbol('Http');

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A long one is handed in as the pieces it is made of, so that nothing copies them. */
  readonly body?: string | Buffer | readonly Buffer[];
  /** Whose calls these are, an account's id: those of one that hangs take no connection from another's to the same host. */
  readonly line?: string;
  /** The most of an answer's body that is taken, 1 MiB where it is not said; a larger one ends the call as `broken`. */
  readonly maxBytes?: number;
  /** So much of an answer's body is wanted: the rest is let go, and what came before it is the answer. */
  readonly firstBytes?: number;
  /** Ends the call, as `broken` when the request may have been written. */
  readonly signal: AbortSignal;
}

export type HttpResult =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  /** The connection could not be made: the other side has surely read nothing. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /**
   * The line broke, or time ran out, after the request may have been written. `tooLarge`: it was broken off because the
   * answer's body has more than `maxBytes`.
   */
  | {
      readonly kind: 'broken';
      readonly reason: string;
      readonly tooLarge?: true;
      /** What had come of the answer. */
      readonly begun?: { readonly status: number; readonly body: Buffer };
    };
