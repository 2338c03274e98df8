import { type Dispatcher, Pool } from 'undici';

export interface HttpPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const LONGEST_ANSWER = 64 * 1024;

interface Way {
  readonly pool: Pool;
  readonly path: string;
}

/** Posts over kept connections, a pool for each address. */
export class Poster {
  private readonly pools = new Map<string, Pool>();
  private readonly ways = new Map<string, Way>();

  constructor(
    private readonly connections: number,
    private readonly answerWithinMs: number,
  ) {}

  /** Null when no whole answer came. */
  async post(url: string, { headers, body }: HttpPost): Promise<{ status: number; text: string } | null> {
    try {
      const { pool, path } = this.wayTo(url);
      return await answerTo(pool, { path, method: 'POST', headers, body });
    } catch {
      return null;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
    this.pools.clear();
    this.ways.clear();
  }

  private wayTo(url: string): Way {
    let way = this.ways.get(url);
    if (way !== undefined) return way;
    const { origin, pathname, search } = new URL(url);
    const timeouts = { headersTimeout: this.answerWithinMs, bodyTimeout: this.answerWithinMs };
    const pool = this.pools.get(origin) ?? new Pool(origin, { connections: this.connections, ...timeouts });
    this.pools.set(origin, pool);
    way = { pool, path: pathname + search };
    this.ways.set(url, way);
    return way;
  }
}

/** Without the stream that `pool.request` makes of each answer: at three callbacks a message it doubled the rate. */
function answerTo(pool: Pool, request: Dispatcher.DispatchOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    pool.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_controller, chunk) => {
        if (text.length < LONGEST_ANSWER) text += chunk.toString('utf8');
      },
      onResponseEnd: () => resolve({ status, text }),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
