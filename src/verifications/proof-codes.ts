import { INBOUND_CODE_LENGTH, type InboundCode, splitInboundCode } from './verification-secrets.js';

/** As many as there are in the longest text that WhatsApp takes; what is longer is not searched to its end. */
const MOST_CANDIDATES = 4_096;

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
