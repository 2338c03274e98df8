import { type Outcome } from './outcome.js';

export const VERIFICATION_LANGUAGES = ['id', 'en'] as const;
/** In which a person is spoken to while they prove their number. */
export type VerificationLanguage = (typeof VERIFICATION_LANGUAGES)[number];

/** Proves a phone number by a message that its owner sends to the provider, which tells us by callback. */
export interface Verifications {
  /**
   * Asks for a link that opens WhatsApp with that message written. Asking again is harmless: nobody has seen what the
   * first one made. Does not throw.
   */
  start(ask: VerificationAsk, signal: AbortSignal): Promise<VerificationOutcome>;
}

export interface VerificationAsk {
  /** E.164: the number to be proved. */
  readonly phone: string;
  readonly language: VerificationLanguage;
  /** From 1. */
  readonly expiryMinutes: number;
  /** Where the person goes back to, for the message's text. */
  readonly appUrl: string | null;
}

/** What the provider made. */
export interface VerificationOffer {
  /** The provider's id of it, which its callback names. */
  readonly reference: string;
  readonly waLink: string;
  readonly waMessage: string;
  /** The link as a picture that any img tag shows: a data: URL. Null where the provider gave none that is of use. */
  readonly qrCode: string | null;
}

/** As of a message (Outcome); what was taken comes with its offer. */
export type VerificationOutcome =
  | (Extract<Outcome, { outcome: 'accepted' }> & { readonly offer: VerificationOffer })
  | Exclude<Outcome, { outcome: 'accepted' }>;
