// What a web framework would do: files, JSON, cookies.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const FILES = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/login.css': { name: 'login.css', type: 'text/css; charset=utf-8' },
  '/login.js': { name: 'login.js', type: 'text/javascript; charset=utf-8' },
  '/follow.js': { name: 'follow.js', type: 'text/javascript; charset=utf-8' },
};

/** What is known of browsers, each by a secret that only its own cookie has. Forgotten after so many seconds. */
export class Kept {
  #values = new Map();

  constructor(name, seconds) {
    this.name = name;
    this.seconds = seconds;
  }

  keep(browser, value) {
    this.end(browser);
    const secret = randomUUID();
    this.#values.set(secret, value);
    setTimeout(() => this.#values.delete(secret), this.seconds * 1_000).unref();
    // On a site of your own, which has https: `Secure` as well.
    browser.setCookie(`${this.name}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${this.seconds}`);
  }

  of = (browser) => this.#values.get(browser.cookies[this.name]);

  /** False where there was nothing. */
  end = (browser) => this.#values.delete(browser.cookies[this.name]);
}

/** Serves the page, which may speak to this server and to the gateway, and the routes: each answers what becomes JSON. */
export async function serve(port, gateway, routes) {
  const graphql = `${gateway}/graphql`;
  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      'img-src data:',
      `connect-src 'self' ${graphql} ${graphql.replace(/^http/, 'ws')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };

  async function answer(request, response) {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const [path] = request.url.split('?');
    response.setHeaders(new Headers(headers));
    const file = method === 'GET' && FILES[path];
    if (file) return send(response, 200, file.type, await readFile(new URL(file.name, import.meta.url)));
    const route = routes[`${method} ${path}`];
    if (!route) return say(response, 404, { problem: 'There is nothing here.' });
    if (method === 'POST' && !isSmallJson(request))
      return say(response, 415, { problem: 'Send JSON of at most 1000 bytes.' });
    const body = method === 'POST' ? await json(request).catch(() => null) : null;
    const said = await route(browserOf(request, response), Object(body));
    return say(response, said.problem ? 400 : 200, said);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      console.error(`${request.method} ${request.url}: ${error.message}`);
      say(response, 502, { problem: 'The login does not work just now. Please try again in a moment.' });
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  console.log(`The login is at ${origin}, which CORS_ORIGINS of the gateway at ${gateway} must name.`);
}

function send(response, status, type, body) {
  return response.writeHead(status, { 'content-type': type }).end(body);
}

const say = (response, status, said) => send(response, status, 'application/json', JSON.stringify(said));

/** A form on another site's page cannot send JSON. */
function isSmallJson({ headers }) {
  return /^application\/json\s*(;|$)/i.test(headers['content-type']) && Number(headers['content-length']) <= 1_000;
}

function browserOf(request, response) {
  const pairs = (request.headers.cookie ?? '').split('; ').map((cookie) => cookie.split('='));
  return {
    // Behind a proxy of your own: what that says it is.
    address: request.socket.remoteAddress,
    cookies: Object.fromEntries(pairs),
    setCookie: (cookie) => response.appendHeader('set-cookie', cookie),
  };
}
