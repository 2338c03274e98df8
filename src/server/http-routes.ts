import { Injectable } from '@nestjs/common';
import { type FastifyInstance, type FastifyPluginAsync } from 'fastify';

/**
 * Routes that rooms serve beside GraphQL: callbacks, media. A room adds its plugin in `onModuleInit`; each one is
 * encapsulated, its hooks and parsers touch no other route. A process that is a worker only serves none of them.
 */
@Injectable()
export class HttpRoutes {
  private readonly plugins: FastifyPluginAsync[] = [];

  add(plugin: FastifyPluginAsync): void {
    this.plugins.push(plugin);
  }

  all(): readonly FastifyPluginAsync[] {
    return this.plugins;
  }
}

/**
 * Hands the bodies of this plugin's routes over as the bytes that came, whatever their type: signatures are verified
 * before anything is parsed. `limit` in bytes, HTTP 413 past it. No body is null.
 */
export function takeRawBodies(routes: FastifyInstance, limit: number): void {
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limit }, (_request, body, done) => done(null, body));
}
