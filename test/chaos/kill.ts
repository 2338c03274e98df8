import { Database } from '../../src/database/database.js';
import { Signals } from '../../src/database/signals.js';
import { type Gateway } from '../support/gateway.js';

const forever = <Result>(): Promise<Result> => new Promise(() => undefined);

/**
 * From now on the gateway reads and writes nothing any more: whatever it asks of the database is never answered. A
 * transaction that is under way ends on its own, as one whose last word had just been sent.
 */
export function killDatabase({ app }: Gateway): void {
  const dead: Pick<Database, 'rows' | 'transaction' | 'commit'> = {
    rows: forever,
    transaction: forever,
    commit: forever,
  };
  Object.assign(app.nest.get(Database), dead);
}

/** Lets go of what a killed one still holds: it cannot be closed, for it would wait for itself. */
export async function bury({ app }: Gateway): Promise<void> {
  const server = app.nest.getHttpServer();
  server.close();
  server.closeAllConnections();
  // What it was about to tell is never told, and its end not waited for.
  void app.nest.get(Signals).close();
  await app.nest.get(Database).close();
}
