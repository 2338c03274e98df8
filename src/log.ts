import { type LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { type LogLevel } from './config/config.js';

/** What Nest says of itself while it starts: for whoever looks for a fault, not for every start. */
const NEST_ITSELF = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'GraphQLModule',
]);

/** Where these stand in what is logged, their value is left out: the safety net under not logging them at all. */
const SECRETS = ['authorization', 'secret', 'key', 'token', 'credentials', 'to', 'phone', 'text', 'body', 'params'];

/** Seven digits and more, however people set them apart: too like a phone number to be written down. */
const LIKE_A_NUMBER = /\+?\d(?:[\s().-]?\d){6,}/g;

/** One JSON line for each entry; on stdout, or wherever `into` takes it. */
export function createLog(level: LogLevel, into?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { pid: process.pid },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    serializers: { err: describeError },
  };
  return into ? pino(options, into) : pino(options);
}

/**
 * An error without what was handed in: the database's errors quote values in their message, their detail and their
 * parameters. What is left is its kind, its code, the constraint it met, and where it was.
 */
function describeError(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { name, message, stack, cause } = thrown;
  const { code, constraint, table, severity } = thrown as {
    code?: unknown;
    constraint?: unknown;
    table?: unknown;
    severity?: unknown;
  };
  const ofDatabase = typeof severity === 'string' || name === 'QueryFailedError';
  return {
    type: name,
    code,
    constraint,
    table,
    message: ofDatabase ? undefined : message.replace(LIKE_A_NUMBER, '***'),
    stack: stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    cause: cause === undefined ? undefined : describeError(cause),
  };
}

/**
 * Nest's logger on pino. In a room: `new Logger('Messages')`, then `log.error({ err, accountId }, 'What happened.')`,
 * which is one line with those fields.
 */
export class NestLog implements LoggerService {
  constructor(private readonly to: Logger) {}

  verbose(message: unknown, ...more: unknown[]): void {
    this.write('trace', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.write('debug', message, more);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.write('info', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.write('warn', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.write('error', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.write('fatal', message, more);
  }

  /** Nest hands on what its caller gave, and the context last. */
  private write(level: Exclude<LogLevel, 'silent'>, message: unknown, more: unknown[]): void {
    const context = more.pop();
    const text = more.find((part) => typeof part === 'string' && !/\n\s+at /.test(part)) as string | undefined;
    const at = level === 'info' && NEST_ITSELF.has(String(context)) ? 'debug' : level;
    if (message instanceof Error) this.to[at]({ context, err: message }, text);
    else if (typeof message === 'object') this.to[at]({ context, ...message }, text);
    else this.to[at]({ context }, message as string);
  }
}
