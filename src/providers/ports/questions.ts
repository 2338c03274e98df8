import { type StatusReport } from './callbacks.js';
import { type Answer } from './outcome.js';

/** Asks where a message stands. No reports: the provider knows nothing yet, which is no failure. */
export interface Inquiry {
  status(reference: string, signal: AbortSignal): Promise<Answer<{ readonly reports: readonly StatusReport[] }>>;
}

/** Asks whether a number is on WhatsApp. `phone` is E.164. */
export interface Numbers {
  check(phone: string, signal: AbortSignal): Promise<Answer<{ readonly onWhatsApp: boolean }>>;
}

/** Fetches a file that a person sent, by what its message called it. */
export interface MediaSource {
  fetch(
    reference: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Answer<{ readonly bytes: Buffer; readonly mimeType: string | null }>>;
}

/** Shows a person that their message was read. `reference` is the provider's id of it. */
export interface Receipts {
  markRead(reference: string, signal: AbortSignal): Promise<Answer>;
}
