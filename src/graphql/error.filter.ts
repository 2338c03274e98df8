import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { type GqlContextType } from '@nestjs/graphql';

/**
 * Lets the errors of resolvers through to `presentError`, which knows whose fault they are. Nest would log each of
 * them first, a missing scope like a crash.
 */
@Catch()
export class ErrorFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): unknown {
    // graphql-js takes a returned Error as a thrown one.
    if (host.getType<GqlContextType>() === 'graphql')
      return exception instanceof Error ? exception : new Error(String(exception));
    return super.catch(exception, host);
  }
}
