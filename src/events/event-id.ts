import { badUserInput } from '../graphql/errors.js';

/** The greatest id that PostgreSQL's bigint holds has 19 digits. */
const EVENT_ID = /^\d{1,18}$/;

/** The place in the log that `after` means; null where it is left out. Throws BAD_USER_INPUT for what is no event's id. */
export function readEventId(after: string | null | undefined): string | null {
  if (after == null) return null;
  if (!EVENT_ID.test(after)) throw badUserInput('after is the id of an event, a whole number in digits.', 'after');
  return after;
}
