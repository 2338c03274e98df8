import { acceptedAreThere, contentOnce, nothingLost, nothingTwice, unsentAreUnsent } from './judge.ledger.js';
import { attemptsInTurn, fallbacksInPlace, inOrder, marketingHeeded, marketingInItsHours } from './judge.attempts.js';
import { budgetsKept, personsPaced } from './judge.limits.js';
import { logMatches, statesTold, settled } from './judge.states.js';
import { type Check, type Facts } from './facts.js';

/** What must hold after every hour, whatever befell it. */
export const CHECKS: Readonly<Record<string, Check>> = {
  'what was accepted is there': acceptedAreThere,
  'every message is in an end state or UNCONFIRMED': settled,
  'nothing is lost': nothingLost,
  'what was not sent has not left': unsentAreUnsent,
  'nothing is sent twice beyond what the rules allow': nothingTwice,
  'no message is sent in another’s name': contentOnce,
  'a state is what the provider told': statesTold,
  'the log is gapless, goes forward and equals the states': logMatches,
  'the next try is made only where the rules allow one': attemptsInTurn,
  'no minute holds more requests than the account’s limit': budgetsKept,
  'Meta’s messages to one person are six seconds apart': personsPaced,
  'messages of one priority to one person leave in their order': inOrder,
  'a fallback stands in for one that has not arrived': fallbacksInPlace,
  'marketing messages leave in their hours': marketingInItsHours,
  'who said STOP gets no marketing message': marketingHeeded,
};

const SHOWN = 8;

/** All that is wrong, by check; the first few of each. */
export function judge(facts: Facts): Record<string, string[]> {
  const found = Object.entries(CHECKS).map(([name, check]) => [name, check(facts)] as const);
  return Object.fromEntries(
    found
      .filter(([, wrong]) => wrong.length > 0)
      .map(([name, wrong]) => [
        name,
        wrong.length > SHOWN ? [...wrong.slice(0, SHOWN), `… and ${wrong.length - SHOWN} more`] : wrong,
      ]),
  );
}
