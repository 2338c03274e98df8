import { type FastifyReply, type FastifyRequest } from 'fastify';

const PREFLIGHT_SECONDS = '600';

/**
 * Lets pages of these origins (CORS_ORIGINS) read what is answered. True where the request was a browser's question
 * beforehand: it is answered then.
 */
export function answersPreflight(origins: ReadonlySet<string>, request: FastifyRequest, reply: FastifyReply): boolean {
  const { origin } = request.headers;
  if (origins.size > 0) reply.header('vary', 'origin');
  if (origin && origins.has(origin)) reply.header('access-control-allow-origin', origin);
  if (request.method !== 'OPTIONS') return false;
  reply
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', 'authorization, content-type')
    .header('access-control-max-age', PREFLIGHT_SECONDS)
    .code(204)
    .send();
  return true;
}
