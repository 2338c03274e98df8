import { Logger } from '@nestjs/common';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createLog, NestLog } from './log.js';

function logged(write: (log: NestLog) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(new NestLog(createLog('debug', { write: (line) => void lines.push(line) })));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('one entry is one line with its fields, its context and what happened', () => {
  const [line] = logged((log) => {
    Logger.overrideLogger(log);
    new Logger('Messages').warn({ accountId: 'acc_1' }, 'It was slow.');
  });
  expect(line).toMatchObject({ level: 40, context: 'Messages', accountId: 'acc_1', msg: 'It was slow.' });
});

it('an error of the database is its code and constraint, without the values that it quotes', () => {
  const error = Object.assign(new pg.DatabaseError('invalid input: "+6287823678023"', 10, 'error'), {
    severity: 'ERROR',
    code: '23505',
    constraint: 'messages_pk',
    detail: 'Key (to_phone)=(+6287823678023) already exists.',
    parameters: ['+6287823678023'],
  });
  const lines = logged((log) =>
    log.error({ err: new Error('It failed.', { cause: error }) }, 'A batch failed.', 'Messages'),
  );
  expect(lines[0]).toMatchObject({
    err: { message: 'It failed.', cause: { code: '23505', constraint: 'messages_pk' } },
  });
  expect(JSON.stringify(lines)).not.toContain('8782367');
});

it('what looks like a phone number, and fields that hold secrets, are masked', () => {
  const lines = logged((log) => {
    log.error(new Error('No answer for +62 878-2367-8023.'), 'Providers');
    log.log({ authorization: 'Bearer x', account: { secret: 'y' } }, 'Called.', 'Providers');
  });
  expect(lines[0]).toMatchObject({ err: { message: 'No answer for ***.' } });
  expect(lines[1]).toMatchObject({ authorization: '***', account: { secret: '***' } });
});
