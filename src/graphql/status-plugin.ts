import { type ApolloServerPlugin, type GraphQLRequestListener } from '@apollo/server';

/** Errors of an operation that arrived whole, and was refused before it ran. */
const BEFORE_EXECUTION: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
]);

const listener: GraphQLRequestListener<object> = {
  willSendResponse: async ({ request, response, errors }) => {
    if (response.http.status !== 400 || !errors?.every((error) => BEFORE_EXECUTION.has(error.extensions['code'])))
      return;
    const accepted = request.http?.headers.get('accept');
    if (!accepted?.includes('application/graphql-response+json')) response.http.status = 200;
  },
};

/**
 * GraphQL over HTTP, 6.4.1: who reads `application/json` is told by the body, and the status is 200 for every operation
 * that arrived whole. Only `application/graphql-response+json` gives the status a meaning of its own; Apollo does it for both.
 */
export const statusPlugin: ApolloServerPlugin<object> = { requestDidStart: async () => listener };
