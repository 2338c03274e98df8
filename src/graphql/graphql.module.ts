import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Global, Logger, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { GraphQLModule as NestGraphqlModule } from '@nestjs/graphql';
import { type FastifyRequest } from 'fastify';
import { type GraphQLSchema } from 'graphql';
import { presentError } from './errors.js';
import { ErrorFilter } from './error.filter.js';
import { GRAPHQL_PATH, HttpDoor } from './http-door.js';
import { limits, MAX_TOKENS } from './limits.js';
import { Nodes } from './nodes.js';
import { NodesResolver } from './nodes.resolver.js';
import { DateTimeScalar } from './scalars.js';
import { Sockets } from './sockets.js';
import { statusPlugin } from './status-plugin.js';

@Global()
@Module({ providers: [HttpDoor], exports: [HttpDoor] })
class HttpDoorModule {}

const ROOTS: Readonly<Record<string, string>> = {
  Query: 'What can be read. Each field says which scope the key needs.',
  Mutation: 'What can be done. Each field says which scope the key needs.',
  Subscription: 'What can be followed as it happens, over WebSocket. Each field says which scope the key needs.',
};

/** The roots have no class of ours that could say it. */
function describeRoots(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, description] of Object.entries(ROOTS)) Object.assign(schema.getType(name) ?? {}, { description });
  return schema;
}

function apollo(door: HttpDoor): ApolloDriverConfig {
  const log = new Logger('GraphQL');
  return {
    path: GRAPHQL_PATH,
    autoSchemaFile: true,
    sortSchema: true,
    transformSchema: describeRoots,
    buildSchemaOptions: { numberScalarMode: 'integer', scalarsMap: [{ type: Date, scalar: DateTimeScalar }] },
    context: (request: FastifyRequest) => door.context(request),
    // One guard at the roots; a resolver of a field has nothing to run around it.
    fieldResolverEnhancers: [],
    validationRules: [limits],
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: (formatted, error) => presentError(formatted, error, log),
    includeStacktraceInErrorResponses: false,
    autoTransformHttpErrors: false,
    preserveHttpStatusForExecutionErrors: false,
    introspection: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // A page of another origin cannot send a key that it does not have, and there are no cookies: plain GETs are safe.
    csrfPrevention: false,
    // Apollo Sandbox is given below; GraphiQL would come on top.
    graphiql: false,
    plugins: [
      statusPlugin,
      ApolloServerPluginLandingPageLocalDefault({
        embed: {
          runTelemetry: false,
          // Left for a person to complete.
          initialState: { pollForSchemaUpdates: false, sharedHeaders: { Authorization: 'Bearer ' } },
        },
      }),
      // It would run around every field.
      ApolloServerPluginCacheControlDisabled(),
      // What is asked here is nobody else's business, whatever APOLLO_… the environment holds.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
    ],
  };
}

/** GraphQL over HTTP and WebSocket. A process that only works knows what there is, but serves none of it. */
@Global()
@Module({ providers: [Nodes, NodesResolver, { provide: APP_FILTER, useClass: ErrorFilter }], exports: [Nodes] })
export class GraphqlModule {
  static with({ served }: { served: boolean }): DynamicModule {
    if (!served) return { module: GraphqlModule };
    return {
      module: GraphqlModule,
      imports: [
        HttpDoorModule,
        NestGraphqlModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          inject: [HttpDoor],
          useFactory: apollo,
        }),
      ],
      providers: [Sockets],
      exports: [Sockets],
    };
  }
}
