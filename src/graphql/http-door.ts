import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config/config.js';
import { DOORMAN, type Doorman, GraphqlContext, type Identity } from './context.js';
import { answersPreflight } from './cross-origin.js';
import { unauthenticated, UNAUTHENTICATED_MESSAGE } from './errors.js';

export const GRAPHQL_PATH = '/graphql';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, once the door of /graphql has let him in. */
    identity: Identity | null;
  }
}

const REFUSAL = JSON.stringify({
  errors: [{ message: UNAUTHENTICATED_MESSAGE, extensions: { code: 'UNAUTHENTICATED' } }],
});

/**
 * The door of /graphql over HTTP: pages of other origins (CORS_ORIGINS) and keys, both before a byte of the body is
 * read. The route itself is made by Nest's driver, later than this.
 */
@Injectable()
export class HttpDoor {
  private readonly origins: ReadonlySet<string>;

  constructor(
    @Inject(DOORMAN) private readonly doorman: Doorman,
    @Inject(CONFIG) config: Config,
    host: HttpAdapterHost<FastifyAdapter>,
  ) {
    this.origins = new Set(config.corsOrigins);
    const server = host.httpAdapter.getInstance<FastifyInstance>();
    server.decorateRequest('identity', null);
    server.addHook('onRoute', (route) => {
      if (route.url === GRAPHQL_PATH) route.onRequest = (request, reply, done) => this.open(request, reply, done);
    });
  }

  /** What the resolvers of a request share. Whoever came past the door for the landing page has no identity. */
  context(request: FastifyRequest): GraphqlContext {
    if (!request.identity) throw unauthenticated();
    return new GraphqlContext(request.identity, request.ip, request);
  }

  private open(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    if (answersPreflight(this.origins, request, reply)) return;
    // A browser that a person points here has no key to send: it gets the page, and nothing else (see `context`).
    if (request.method === 'GET' && !request.headers.authorization && request.headers.accept?.includes('text/html')) {
      return done();
    }
    const admitted = this.doorman.admit(request.headers.authorization, request.ip);
    const enter = (identity: Identity | null): void => {
      request.identity = identity;
      if (identity) done();
      else
        void reply.code(401).header('www-authenticate', 'Bearer').type('application/json; charset=utf-8').send(REFUSAL);
    };
    if (!(admitted instanceof Promise)) enter(admitted);
    else admitted.then(enter, (error: Error) => void reply.send(error));
  }
}
