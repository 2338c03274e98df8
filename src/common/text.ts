/**
 * Finds the first string anywhere in `value` that PostgreSQL or UTF-8 cannot hold: with a NUL byte or a lone surrogate.
 * Answers its path (`content.template.params.0`), or null when all is well. Refused in every input (interface.md, Limits).
 */
export function unstorableAt(value: unknown, path = ''): string | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const here = path ? `${path}.${key}` : key;
    if (unstorableAt(key)?.length === 0) return here;
    const found = unstorableAt(inner, here);
    if (found !== null) return found;
  }
  return null;
}

/** JSON with the keys of every object in order, so that equal values are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
