import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FastifyInstance } from 'fastify';

/** Beside this folder both in src and in dist, where the build copies it. */
const FOLDER = join(import.meta.dirname, '../dashboard');

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const FILES = [
  { url: '/', file: 'index.html', type: HTML },
  { url: '/dashboard/content.js', file: 'content.js', type: SCRIPT },
  { url: '/dashboard/dashboard.css', file: 'dashboard.css', type: CSS },
  { url: '/dashboard/dashboard.js', file: 'dashboard.js', type: SCRIPT },
  { url: '/dashboard/element.js', file: 'element.js', type: SCRIPT },
  { url: '/dashboard/graphql.js', file: 'graphql.js', type: SCRIPT },
  { url: '/dashboard/latest.js', file: 'latest.js', type: SCRIPT },
  { url: '/dashboard/payments.js', file: 'payments.js', type: SCRIPT },
  { url: '/dashboard/queries.js', file: 'queries.js', type: SCRIPT },
  { url: '/dashboard/send-form.js', file: 'send-form.js', type: SCRIPT },
  { url: '/dashboard/verifications.js', file: 'verifications.js', type: SCRIPT },
  { url: '/dashboard/view.js', file: 'view.js', type: SCRIPT },
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
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GET /: the dashboard, a page that speaks GraphQL like anybody else. Its files are read once, at the start. */
export async function dashboard(server: FastifyInstance): Promise<void> {
  const bodies = await Promise.all(FILES.map(({ file }) => readFile(join(FOLDER, file))));
  FILES.forEach(({ url, type }, index) => {
    server.get(url, (_request, reply) =>
      reply
        .header('content-type', type)
        .header('content-security-policy', POLICY)
        .header('referrer-policy', 'no-referrer')
        .header('x-content-type-options', 'nosniff')
        // An upgraded gateway serves other files under these names.
        .header('cache-control', 'no-cache')
        .send(bodies[index]),
    );
  });
}
