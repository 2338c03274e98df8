import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FastifyInstance } from 'fastify';

/** Beside this folder both in src and in dist, where the build copies it. */
const FOLDER = join(import.meta.dirname, '../dashboard');

const FILES = [
  { url: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { url: '/dashboard.css', file: 'dashboard.css', type: 'text/css; charset=utf-8' },
  { url: '/dashboard.js', file: 'dashboard.js', type: 'text/javascript; charset=utf-8' },
] as const;

/**
 * The page holds a key while it is open, so nothing that is not ours may run in it, frame it, or hear from it. `self`
 * in connect-src is this host's WebSocket too.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GET /: the dashboard, a page that speaks GraphQL like anybody else. Its files are read once, at the start. */
export async function dashboard(server: FastifyInstance): Promise<void> {
  for (const { url, file, type } of FILES) {
    const body = await readFile(join(FOLDER, file));
    server.get(url, (_request, reply) =>
      reply
        .header('content-type', type)
        .header('content-security-policy', POLICY)
        .header('referrer-policy', 'no-referrer')
        .header('x-content-type-options', 'nosniff')
        // An upgraded gateway serves other files under these names.
        .header('cache-control', 'no-cache')
        .send(body),
    );
  }
}
