import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type Check } from './facts.js';

const PERSON_EVERY_MS = 6 * SECOND;

/** By the providers' clock, over every 60 s there are. */
export const budgetsKept: Check = ({ accounts, calls }) =>
  accounts.flatMap(({ name, key, limit }) => {
    if (limit === null) return [];
    const times = calls.filter(({ account }) => account === key).map(({ at }) => at.getTime());
    const most = mostWithin(times, MINUTE);
    return most.count > limit
      ? [`${name} got ${most.count} requests in the minute from ${iso(most.from)}, ${limit} are allowed`]
      : [];
  });

export const personsPaced: Check = ({ accounts, calls }) =>
  accounts
    .filter(({ kind }) => kind === 'META')
    .flatMap(({ name, key }) => {
      const toPersons = calls.filter(({ account, recipient }) => account === key && recipient !== null);
      return [...Map.groupBy(toPersons, ({ recipient }) => recipient).values()].flatMap((line) => {
        const times = line.map(({ at }) => at.getTime()).sort((a, b) => a - b);
        const early = times.findIndex(
          (time, index) => index > 0 && time - (times[index - 1] as number) < PERSON_EVERY_MS,
        );
        if (early < 0) return [];
        const gap = (times[early] as number) - (times[early - 1] as number);
        return [`${name} sent to one person again after ${gap} ms at ${iso(times[early] as number)}`];
      });
    });

function mostWithin(times: readonly number[], ms: number): { count: number; from: number } {
  const sorted = times.toSorted((a, b) => a - b);
  let from = 0;
  let most = { count: 0, from: 0 };
  for (const [to, time] of sorted.entries()) {
    while (time - (sorted[from] as number) >= ms) from++;
    if (to - from + 1 > most.count) most = { count: to - from + 1, from: sorted[from] as number };
  }
  return most;
}

const iso = (time: number): string => new Date(time).toISOString();
