import { randomUUID } from 'node:crypto';

/** What a public id is of. */
export type IdPrefix =
  'msg' | 'att' | 'tpl' | 'acc' | 'key' | 'prj' | 'opt' | 'arp' | 'med' | 'ver' | 'pay' | 'ntc' | 'whe' | 'del' | 'rpl';

const COUNTER_END = 0x1000;
let lastMs = 0;
let counter = 0;

/**
 * A UUID v7 (RFC 9562, 6.2 method 1): ordered by the time it was made, within one process strictly, by a counter in the
 * 12 bits behind the time. Made in code so that a row knows its id. The random part is cut from randomUUID, which draws
 * its bytes from the system in advance: several ids are made for each message.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else if (++counter === COUNTER_END) {
    // More than 4096 in one millisecond: the next one begins early.
    lastMs++;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${randomUUID().slice(18)}`;
}

/** The id as the API says it: `msg_` and the UUID without dashes. */
export const publicId = (prefix: IdPrefix, uuid: string): string => `${prefix}_${uuid.replaceAll('-', '')}`;

const PUBLIC_ID = /^([a-z]{3})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The UUID in a public id; null when it is malformed or of another kind: nothing of that id exists. */
export function uuidOf(prefix: IdPrefix, id: string): string | null {
  const parts = PUBLIC_ID.exec(id);
  return parts && parts[1] === prefix ? parts.slice(2).join('-') : null;
}

/** A UUID that somebody else wrote, in small letters; null where it is none. */
export function readUuid(written: string): string | null {
  const uuid = written.trim().toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) ? uuid : null;
}

/** The kind that a public id claims to be of, for `node(id:)`. */
export function prefixOf(id: string): string | null {
  return PUBLIC_ID.exec(id)?.[1] ?? null;
}
