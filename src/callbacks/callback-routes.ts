import { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest } from 'fastify';
import { takeRawBodies } from '../server/http-routes.js';
import { type CallbackDoor } from './callback-door.js';

/** Meta's hold up to 3 MB, many entries at once; what is larger than a request may be is none. */
const LARGEST_CALLBACK = 4 * 1024 * 1024;

interface Address {
  readonly callbackKey: string;
  readonly '*': string;
}

/** `/callbacks/{callbackKey}/{topic…}`, in a corner of the server where bodies stay the bytes that they came as. */
export function callbackRoutes(door: CallbackDoor): FastifyPluginAsync {
  return async (server: FastifyInstance): Promise<void> => {
    takeRawBodies(server, LARGEST_CALLBACK);
    server.route<{ Params: Address; Body: Buffer | undefined }>({
      method: ['GET', 'POST', 'PUT'],
      url: '/callbacks/:callbackKey/*',
      bodyLimit: LARGEST_CALLBACK,
      handler: async (request, reply) => {
        const { callbackKey, '*': topic } = request.params;
        const { status, contentType, body, headers } = await door.receive(callbackKey, {
          topic,
          method: request.method,
          path: request.url,
          headers: headersOf(request),
          body: request.body ?? Buffer.alloc(0),
        });
        return reply
          .status(status)
          .headers({ ...headers, 'content-type': contentType })
          .send(body);
      },
    });
  };
}

function headersOf(request: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
