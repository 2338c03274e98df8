/** Readings of JSON of which nothing is sure, such as a provider's answers and callbacks. None throws. */
import { storable } from './http-text.js';
import { isDeeperThan } from './text.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that a body is; null where it is none. */
export function parseObject(body: Buffer): JsonObject | null {
  try {
    return objectOf(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}

export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The elements of an array, each in its place; of anything else none. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of an array; what else is in it is left out. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return arrayOf(value)
    .map(objectOf)
    .filter((each) => each !== null);
}

/** A string that says something, as it is written, or a number's digits: an id, a code, a word. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** Longest text of a person's that is kept, in characters: far more than WhatsApp lets anybody write. */
const LONGEST_WORDS = 65_536;

/** What somebody wrote, its blanks too, cut and mended until the database can hold it; null where that is nothing. */
export function wordsOf(value: unknown, longest = LONGEST_WORDS): string | null {
  return typeof value === 'string' && value !== '' ? storable(value, longest) : null;
}

/** Longest name of a person or a file, and longest type of one, in characters. */
const LONGEST_NAME = 255;

/** Words of one short line. */
export function nameOf(value: unknown): string | null {
  return wordsOf(value, LONGEST_NAME);
}

/** A whole number from 0 of at most nine digits, also one that is written as a string: a code, a status. */
export function integerOf(value: unknown): number | null {
  const written = textOf(value)?.trim() ?? '';
  return /^\d{1,9}$/.test(written) ? Number(written) : null;
}

/** Epoch seconds as a moment, also written as a string or with a fraction. */
export function secondsOf(value: unknown): Date | null {
  return momentOf(value, 1_000);
}

/** Epoch milliseconds as a moment, also written as a string. */
export function millisecondsOf(value: unknown): Date | null {
  return momentOf(value, 1);
}

/** The end of the year 9999: a later one is written with a sign and more digits, which PostgreSQL does not read. */
const LAST_MS = Date.UTC(10_000, 0) - 1;

function momentOf(value: unknown, unitMs: number): Date | null {
  const written = textOf(value)?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(written) ? Math.floor(Number(written) * unitMs) : 0;
  // Zero is how a program writes that there is none.
  return ms > 0 && ms <= LAST_MS ? new Date(ms) : null;
}

/** Deeper than anything that a provider documents. */
const KEPT_LEVELS = 20;
/** The most of a message of an unknown kind that is kept. */
const KEPT_BYTES = 8 * 1024;

/** A copy as the database can hold it; null where it has more than `bytes` as JSON, or more than 20 levels. */
export function boundedCopy(value: JsonObject, bytes = KEPT_BYTES): Record<string, unknown> | null {
  // The levels first: to copy and to print are recursions.
  if (isDeeperThan(KEPT_LEVELS, value)) return null;
  const copy = storableObject(value);
  return Buffer.byteLength(JSON.stringify(copy)) <= bytes ? copy : null;
}

function storableObject(value: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storableValue(inner)]));
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storable(value, LONGEST_WORDS);
  if (Array.isArray(value)) return value.map(storableValue);
  const object = objectOf(value);
  return object === null ? value : storableObject(object);
}
