import { basename } from 'node:path';

const LONGEST_FILENAME = 128;

/** A name as it may be shown and stored: no folders, nothing that is not seen or turns the direction of writing. */
export function fileName(written: string): string | null {
  const name = basename(written.replaceAll('\\', '/'))
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
  // The end of a name tells what it is.
  const cut = name.length > LONGEST_FILENAME ? `${name.slice(0, LONGEST_FILENAME - 17)}…${name.slice(-16)}` : name;
  return cut.toWellFormed() || null;
}

/** What a link calls its file; null where its path ends in no name with an ending. */
export function nameInLink(link: string): string | null {
  const last = URL.parse(link)?.pathname.split('/').at(-1) ?? '';
  const name = fileName(decoded(last));
  return name !== null && /[^.\s]\.[A-Za-z0-9]{1,8}$/.test(name) ? name : null;
}

/** As it stands where its escapes are no UTF-8. */
function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
