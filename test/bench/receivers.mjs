// Four endpoints of a merchant in one process: each knows which events it confirmed, and how late they came.
import { createServer } from 'node:http';
import { serve } from './helper.mjs';

/** How each answers while it is ill; `dead` does not listen. */
const SLOW_MS = 1_000;
const ILL = {
  healthy: (response) => confirm(response),
  dead: (response) => confirm(response),
  slow: (response) => setTimeout(() => confirm(response), SLOW_MS),
  flaky: (response, count) => (count % 2 === 0 ? confirm(response) : response.writeHead(500).end()),
};

const confirm = (response) => response.writeHead(200).end();

class Endpoint {
  confirmed = new Map();
  latencies = [];
  ill = false;
  #count = 0;
  #server;

  constructor(name, port) {
    Object.assign(this, { name, port });
  }

  listen() {
    this.#server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => this.#take(request.headers['webhook-id'], Buffer.concat(chunks), response));
    });
    this.#server.keepAliveTimeout = 65_000;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  close() {
    this.#server?.closeAllConnections();
    return new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve()));
  }

  #take(id, body, response) {
    const late = Date.now() - Date.parse(JSON.parse(body.toString('utf8')).timestamp);
    response.once('finish', () => {
      if (response.statusCode === 200) this.confirmed.set(id, (this.confirmed.get(id) ?? 0) + 1);
    });
    if (!this.confirmed.has(id)) this.latencies.push(late);
    if (this.ill) ILL[this.name](response, this.#count++);
    else confirm(response);
  }
}

const endpoints = new Map();

serve({
  async open({ ports }) {
    for (const [name, port] of Object.entries(ports)) {
      const endpoint = new Endpoint(name, port);
      endpoints.set(name, endpoint);
      await endpoint.listen();
    }
  },
  /** The ill ones fall ill, or mend. */
  async ill({ ill }) {
    for (const endpoint of endpoints.values()) {
      const isDead = endpoint.name === 'dead';
      if (isDead && ill && !endpoint.ill) await endpoint.close();
      if (isDead && !ill && endpoint.ill) await endpoint.listen();
      endpoint.ill = ill;
    }
  },
  /** How many different events each confirmed. */
  counts: () => Object.fromEntries([...endpoints].map(([name, { confirmed }]) => [name, confirmed.size])),
  /** Of these events, which an endpoint did not confirm, and how many came to it more than once. */
  compare: ({ ids }) =>
    Object.fromEntries(
      [...endpoints].map(([name, { confirmed }]) => [
        name,
        {
          missing: ids.filter((id) => !confirmed.has(id)).length,
          twice: ids.filter((id) => confirmed.get(id) > 1).length,
        },
      ]),
    ),
  /** How late events came to one since it was last asked. */
  latencies({ name }) {
    const sorted = endpoints
      .get(name)
      .latencies.splice(0)
      .sort((a, b) => a - b);
    const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
  },
  async close() {
    for (const endpoint of endpoints.values()) await endpoint.close();
  },
});
