import { INBOUND_CODE_LENGTH, type InboundCode, splitInboundCode } from './verification-secrets.js';

/** More than any text holds that a person sends to prove a number; whoever writes more is not searched for longer. */
const MOST_CANDIDATES = 300;

/**
 * Everything in a text that may be a code of ours: each run of letters and digits as long as one, and of a longer run, where
 * the code is glued to what stood beside it, each piece of that length. The shortest runs first, for they need no guessing.
 */
export function codesIn(text: string): InboundCode[] {
  const runs = (text.match(LONG_ENOUGH) ?? []).sort((a, b) => a.length - b.length);
  const found = new Set<string>();
  for (const run of runs)
    for (let from = 0; from + INBOUND_CODE_LENGTH <= run.length; from++) {
      if (found.size === MOST_CANDIDATES) return [...found].map(splitInboundCode);
      found.add(run.slice(from, from + INBOUND_CODE_LENGTH));
    }
  return [...found].map(splitInboundCode);
}

const LONG_ENOUGH = new RegExp(`[A-Za-z0-9]{${INBOUND_CODE_LENGTH},}`, 'g');
