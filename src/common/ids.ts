import { v7 } from 'uuid';

/** What a public id is of. */
export type IdPrefix = 'msg' | 'att' | 'tpl' | 'acc' | 'key' | 'prj' | 'opt';

/** A UUID v7: ordered by the time it was made, within one process strictly. Made in code so that a row knows its id. */
export const newId = (): string => v7();

/** The id as the API says it: `msg_` and the UUID without dashes. */
export const publicId = (prefix: IdPrefix, uuid: string): string => `${prefix}_${uuid.replaceAll('-', '')}`;

const PUBLIC_ID = /^([a-z]{3})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The UUID in a public id; null when it is malformed or of another kind: nothing of that id exists. */
export function uuidOf(prefix: IdPrefix, id: string): string | null {
  const parts = PUBLIC_ID.exec(id);
  return parts && parts[1] === prefix ? parts.slice(2).join('-') : null;
}

/** The kind that a public id claims to be of, for `node(id:)`. */
export function prefixOf(id: string): string | null {
  return PUBLIC_ID.exec(id)?.[1] ?? null;
}
