import { MINUTE } from '../common/clock.js';
import { type CallState } from './account-store.js';

/**
 * What a provider was found to bear. Where it says that requests come too fast, the account's limit is halved, and grows
 * back by 5 % of what it was for each minute. Pure: the state is the account's budget row.
 */
export type Learnt = Pick<CallState, 'learntLimit' | 'learntBase' | 'learntAt'>;

const GROWTH_A_MINUTE = 0.05;
/**
 * What an account without a limit is held to have borne at the least, in requests a minute: that few were asked of it says
 * nothing of what it bears, and one answer by chance must not keep codes waiting. Where it is still too much, the next
 * such answers halve it further.
 */
const LEAST_BASE = 600;

export const NOTHING_LEARNT: Learnt = { learntLimit: null, learntBase: null, learntAt: null };

/** Requests a minute at `now`: the account's own limit (null: none), or less where less was learnt. */
export function effectiveLimit(configured: number | null, learnt: Learnt, now: Date): number | null {
  const grown = grownLimit(learnt, now);
  if (grown === null) return configured;
  return configured === null ? grown : Math.min(configured, grown);
}

/**
 * After a call that began at `began` was answered with "too many".
 * @param bore calls of the last minute that the provider took: what an account without a limit is held to have borne
 */
export function halved(configured: number | null, learnt: Learnt, began: Date, now: Date, bore: number): Learnt {
  // A burst of calls learns once: those that were under way when the limit was halved knew nothing of it.
  if (learnt.learntAt && began <= learnt.learntAt) return learnt;
  const isGrowing = grownLimit(learnt, now) !== null;
  const base = configured ?? (isGrowing ? learnt.learntBase : null) ?? Math.max(LEAST_BASE, bore);
  const effective = effectiveLimit(configured, learnt, now) ?? base;
  return { learntLimit: Math.max(1, effective / 2), learntBase: base, learntAt: now };
}

/** Null once it has grown back to its base, or where nothing was learnt. */
function grownLimit({ learntLimit, learntBase, learntAt }: Learnt, now: Date): number | null {
  if (learntLimit === null || learntBase === null || learntAt === null) return null;
  const minutes = Math.max(0, now.getTime() - learntAt.getTime()) / MINUTE;
  const grown = learntLimit + learntBase * GROWTH_A_MINUTE * minutes;
  return grown < learntBase ? grown : null;
}
