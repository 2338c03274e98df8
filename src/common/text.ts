/** Deeper than anything of use, and far from where a recursion runs out of stack. */
const DEEPEST = 1_024;

/**
 * Finds the first string anywhere in `value` that PostgreSQL or UTF-8 cannot hold: with a NUL byte or a lone surrogate.
 * Answers its path (`content.template.params.0`), or null when all is well. Refused in every input (interface.md, Limits).
 * What lies too deep to be looked at is refused as well.
 */
export function unstorableAt(value: unknown, path = '', levels = DEEPEST): string | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  if (levels === 0) return path;
  for (const [key, inner] of Object.entries(value)) {
    const here = path ? `${path}.${key}` : key;
    if (unstorableAt(key)?.length === 0) return here;
    const found = unstorableAt(inner, here, levels - 1);
    if (found !== null) return found;
  }
  return null;
}

/** Whether the value is nested deeper than that: JSON of so many levels has at least twice as many bytes. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/** JSON with the keys of every object in order, so that equal values are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** As much of a text as takes so many bytes as JSON. */
export function beginningOf(text: string, bytes: number): string {
  let kept = text;
  for (let size = jsonBytes(kept); size > bytes; size = jsonBytes(kept))
    kept = kept.slice(0, Math.floor((kept.length * bytes) / size)).toWellFormed();
  return kept;
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
