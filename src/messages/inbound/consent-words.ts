import { type InboundContent } from '../../providers/ports/callbacks.js';
import { type OptOutScope } from '../opt-outs.service.js';

export interface ConsentWord {
  readonly word: string;
  /** Null takes it back. */
  readonly scope: OptOutScope | null;
}

/** interface.md, Opt-outs: the whole message, in any case. */
const WORDS: ReadonlyMap<string, OptOutScope | null> = new Map([
  ...['STOP', 'BERHENTI', 'HENTI', 'UNSUBSCRIBE'].map((word) => [word, 'MARKETING'] as const),
  ...['START', 'MULAI'].map((word) => [word, null] as const),
]);

/** The word by which a person asks not to be sent marketing any more, or agrees to it again; null for anything else. */
export function wordOf(content: InboundContent): ConsentWord | null {
  if (content.kind !== 'text' && content.kind !== 'interactive') return null;
  const word = content.text.trim().toUpperCase();
  const scope = WORDS.get(word);
  return scope === undefined ? null : { word, scope };
}
