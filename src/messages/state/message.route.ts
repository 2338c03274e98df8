import { newId } from '../../common/ids.js';
import { type MessageState } from '../message-row.js';

/** How accounts of a message's route stand. One that is missing is held, stopped or gone: nothing leaves through it. */
export type Standings = ReadonlyMap<string, 'WORKING' | 'DEGRADED'>;

export const NOBODY: Standings = new Map();

/**
 * Whether another account may take it: only what surely was not sent, and was not perhaps sent before, goes elsewhere
 * (interface.md, What an answer means).
 */
const mayGoElsewhere = ({ status, unconfirmedSince }: MessageState): boolean =>
  status === 'QUEUED' && unconfirmedSince === null;

type OnRoute = Pick<MessageState, 'route' | 'accountId'>;

/** The accounts behind the message's own on its route, and those before it. */
function around({ route, accountId }: OnRoute): {
  readonly behind: readonly string[];
  readonly before: readonly string[];
} {
  const place = route?.indexOf(accountId) ?? -1;
  return { behind: route?.slice(place + 1) ?? [], before: route?.slice(0, Math.max(place, 0)) ?? [] };
}

/** The first of `accounts` behind its own on the route, from the start again after the last; undefined where none is. */
export function nextOnRoute(message: OnRoute, accounts: ReadonlySet<string>): string | undefined {
  const { behind, before } = around(message);
  return [...behind, ...before].find((id) => accounts.has(id));
}

/** Puts it into another account's queue. The earlier account may know its request, so the new one gets one of its own. */
function moveTo(message: MessageState, accountId: string): void {
  if (message.accountId === accountId) return;
  message.accountId = accountId;
  message.requestKey = newId();
  message.doubts = 0;
}

/** After a deferral: at once into the queue of the next account that works. Says whether there is one. */
export function goesOn(message: MessageState, standings: Standings): boolean {
  const next = mayGoElsewhere(message) && around(message).behind.find((id) => standings.get(id) === 'WORKING');
  if (next) moveTo(message, next);
  return Boolean(next);
}

/** When the last one deferred it too: the wait starts over at the first that works. */
export function startsOver(message: MessageState, standings: Standings): void {
  const first = mayGoElsewhere(message) && message.route?.find((id) => standings.get(id) === 'WORKING');
  if (first) moveTo(message, first);
}

/**
 * After a refusal: never through this account again, so it leaves the route. Into the queue of the next one, at once where
 * that was not tried in this round, else after a pause. Null where there is none.
 */
export function goesElsewhere(message: MessageState, standings: Standings): 'at once' | 'after a pause' | null {
  if (!mayGoElsewhere(message)) return null;
  const { behind, before } = around(message);
  const among = (ids: readonly string[], standing: 'WORKING' | 'DEGRADED'): string | undefined =>
    ids.find((id) => standings.get(id) === standing);
  // One whose breaker is open works again in minutes: better there than nowhere.
  const next = among(behind, 'WORKING') ?? among(before, 'WORKING') ?? among([...behind, ...before], 'DEGRADED');
  if (next === undefined) return null;
  message.route = [...before, ...behind];
  moveTo(message, next);
  return before.includes(next) ? 'after a pause' : 'at once';
}
