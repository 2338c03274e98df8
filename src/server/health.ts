import { type FastifyInstance } from 'fastify';
import { type Database } from '../database/database.js';
import { registry } from '../metrics/metrics.js';

/** A database that takes longer to say anything at all is not ready for anybody's message. */
const READY_WITHIN_MS = 2_000;

/** GET /healthz, /readyz and /metrics. `closing` is true from the moment the process was asked to stop. */
export function serveHealth(routes: FastifyInstance, database: Database, closing: () => boolean): void {
  routes.get('/healthz', () => ({ status: 'ok' }));
  routes.get('/readyz', async (_request, reply) => {
    if (closing()) return reply.code(503).send({ status: 'stopping' });
    // The migrations were done before this route was there.
    if (!(await answers(database))) return reply.code(503).send({ status: 'the database does not answer' });
    return { status: 'ready' };
  });
  routes.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

async function answers(database: Database): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), READY_WITHIN_MS);
  });
  const asked = database.rows('select 1').then(
    () => true,
    () => false,
  );
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
