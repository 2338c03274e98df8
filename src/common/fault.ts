/**
 * What may be logged of an unexpected error: where it happened and its code. Never its message, for messages of the
 * database and of parsers quote what was in hand: numbers, texts, credentials.
 */
export function fault(error: unknown): { readonly error: string; readonly code?: string; readonly at?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const at = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' < ');
  return { error: error.name, code, at };
}
