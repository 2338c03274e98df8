import { expect, it } from 'vitest';
import { mayBecome, mayBeSentAgain, MESSAGE_STATUSES, type MessageStatus } from './message.status.js';

const ALL = Object.keys(MESSAGE_STATUSES) as MessageStatus[];

/** interface.md, "Message states", as it is written there. */
const WRITTEN = `
  SCHEDULED → QUEUED, CANCELED, EXPIRED
  QUEUED → UNCONFIRMED, SUBMITTED, SENT, DELIVERED, READ, FAILED, CANCELED, EXPIRED
  UNCONFIRMED → SUBMITTED, SENT, DELIVERED, READ, FAILED
  SUBMITTED → SENT, DELIVERED, READ, FAILED
  SENT → DELIVERED, READ, FAILED
  DELIVERED → READ`;

const documented = new Map(
  WRITTEN.trim()
    .split('\n')
    .map((line) => {
      const [from, to] = line.split('→') as [string, string];
      return [from.trim(), to.split(',').map((status) => status.trim())];
    }),
);

it.each(ALL)('%s becomes what the document says, and nothing else', (from) => {
  expect(ALL.filter((to) => mayBecome(from, to)).sort()).toEqual((documented.get(from) ?? []).sort());
});

it('is at its end when it is READ, FAILED, CANCELED, EXPIRED or RECEIVED', () => {
  const ends = ALL.filter((from) => !ALL.some((to) => mayBecome(from, to)));
  expect(ends.sort()).toEqual(['CANCELED', 'EXPIRED', 'FAILED', 'READ', 'RECEIVED']);
});

it('never comes back to where it was', () => {
  const reach = (from: MessageStatus): Set<MessageStatus> => {
    const next = ALL.filter((to) => mayBecome(from, to));
    return new Set([...next, ...next.flatMap((to) => [...reach(to)])]);
  };
  for (const status of ALL) expect(reach(status).has(status)).toBe(false);
});

it('may be sent again when it FAILED or is UNCONFIRMED, and else not', () => {
  expect(ALL.filter(mayBeSentAgain).sort()).toEqual(['FAILED', 'UNCONFIRMED']);
});
