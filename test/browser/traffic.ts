import { type Page, type Request } from 'playwright-core';

export interface Traffic {
  /** Of its WebSockets, in their order. */
  readonly frames: readonly string[];
  /** Everything so far: addresses, headers and bodies both ways, frames of WebSockets. */
  all(): Promise<string[]>;
}

/** Records what a page sends and hears. Before it loads anything. */
export function watchTraffic(page: Page): Traffic {
  const frames: string[] = [];
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => frames.push(String(payload)));
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
  return { frames, all: async () => [...frames, ...(await Promise.all(requests.map(exchange)))] };
}

async function exchange(request: Request): Promise<string> {
  const response = await request.response();
  const answer = response && [response.headers(), await response.text().catch(() => '')];
  return [request.url(), JSON.stringify(request.headers()), request.postData(), JSON.stringify(answer)].join('\n');
}
