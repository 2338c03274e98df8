import { unwrapResolverError } from '@apollo/server/errors';
import { type Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { pathInDocument } from './document-path.js';

/** The codes that clients meet in `extensions.code`, beside INTERNAL_SERVER_ERROR for what is our fault. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  // Apollo's own, of requests that never became an operation.
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * A request that is not of the schema, where the schema's own language cannot say so (`first` past 200, 1001 inputs).
 * `field` is where in the arguments: `first`, `inputs`, `filter.ids`. What a person can get wrong is a Problem instead.
 */
export function badUserInput(message: string, field?: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', ...(field && { field }) } });
}

export function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}

export const UNAUTHENTICATED_MESSAGE =
  'A valid API key is needed: send it in the header Authorization, as Bearer and the key. ' +
  'It may also have expired, been revoked, or been used from outside its networks.';

export function unauthenticated(): GraphQLError {
  return new GraphQLError(UNAUTHENTICATED_MESSAGE, { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });
}

/** The error as a client may see it: ours says nothing but that it is ours, and is logged. */
export function presentError(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  const { message, locations, path } = formatted;
  const extensions = { ...formatted.extensions };
  delete extensions['http'];
  delete extensions['stacktrace'];
  if (error instanceof GraphQLError && isNotOfTheSchema(error, extensions['code'])) {
    return {
      message,
      locations,
      path: path ?? pathInDocument(error),
      extensions: { ...extensions, code: 'BAD_USER_INPUT', ...fieldOf(message) },
    };
  }
  if (CLIENT_CODES.has(extensions['code'])) return { message, locations, path, extensions };
  const thrown = unwrapResolverError(error);
  // The message of a GraphQLError may quote a value; where it happened and the stack tell enough.
  log.error({ err: thrown, path: path?.join('.') }, 'A request failed.');
  return {
    message: 'Something went wrong on our side. It was logged, and may be tried again.',
    locations,
    path,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

function isNotOfTheSchema(error: GraphQLError, code: unknown): boolean {
  if (code === 'GRAPHQL_VALIDATION_FAILED') return true;
  if (code !== undefined && code !== 'INTERNAL_SERVER_ERROR' && code !== 'BAD_USER_INPUT') return false;
  // A variable's value, by graphql-js's getVariableValues.
  if (!error.path && error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION) return true;
  // An argument whose variable was left out or null, by getArgumentValues.
  const thrown = error.originalError ?? error;
  return thrown instanceof GraphQLError && thrown.extensions['code'] === undefined && /^Argument "/.test(error.message);
}

/** graphql-js says where in a variable it was, in words: `at "inputs[3].to"`. */
function fieldOf(message: string): { field?: string } {
  const place = / at "([\w.[\]]+)"/.exec(message)?.[1] ?? /^Variable "\$(\w+)"/.exec(message)?.[1];
  return place ? { field: place.replace(/\[(\d+)\]/g, '.$1') } : {};
}
