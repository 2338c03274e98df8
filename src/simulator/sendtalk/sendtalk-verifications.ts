import { Ring } from '../ring.js';
import { codesIn, idIn } from './sendtalk-verification-text.js';

/** One that was made. */
export interface SimulatedVerification {
  readonly id: string;
  /** The apiKey of whoever asked for it. */
  readonly account: string;
  /** The number to be verified, in digits. */
  readonly userPhone: string;
  readonly code: string;
  readonly waMessage: string;
  readonly waLink: string;
  readonly createdAt: Date;
  /** The last moment at which it can be verified. */
  readonly expiresAt: Date;
  verifiedAt: Date | null;
  /** How its webhook is posted; null: never. */
  readonly webhook: WebhookPlan | null;
}

/** How a webhook is posted. */
export interface WebhookPlan {
  readonly times: number;
  readonly afterMs: number;
  /** With a secret that is not the account's. */
  readonly forged: boolean;
}

/** A WhatsApp message that has come to SendTalk's number. */
export interface PersonsText {
  /** In digits. */
  readonly from: string;
  readonly text: string;
  readonly at: Date;
}

/** What SendTalk makes of it. All but the first it keeps to itself. */
export type Verdict = 'verified' | 'unknown_code' | 'another_number' | 'expired' | 'used';

/** The verifications of all accounts, in memory, the newest `capacity`. */
export class SendTalkVerifications {
  private readonly byId = new Map<string, SimulatedVerification>();
  private readonly kept: Ring<SimulatedVerification>;

  constructor(capacity: number) {
    this.kept = new Ring(capacity);
  }

  add(verification: SimulatedVerification): void {
    this.byId.set(verification.id, verification);
    const gone = this.kept.push(verification);
    if (gone !== undefined) this.byId.delete(gone.id);
  }

  find(id: string): SimulatedVerification | undefined {
    return this.byId.get(id);
  }

  /** Those that fit, newest first. */
  newest(limit: number, fits: (one: SimulatedVerification) => boolean): SimulatedVerification[] {
    return this.kept.newest(limit, fits);
  }

  /** Verifies the number where all is right with what a person sent. */
  receive({ from, text, at }: PersonsText): {
    readonly outcome: Verdict;
    readonly verification?: SimulatedVerification;
  } {
    const verification = this.meantBy(text);
    // Before it was made nobody could have sent its code.
    if (verification === undefined || at < verification.createdAt) return { outcome: 'unknown_code' };
    if (from !== verification.userPhone) return { outcome: 'another_number', verification };
    if (at > verification.expiresAt) return { outcome: 'expired', verification };
    if (verification.verifiedAt !== null) return { outcome: 'used', verification };
    verification.verifiedAt = at;
    return { outcome: 'verified', verification };
  }

  private meantBy(text: string): SimulatedVerification | undefined {
    for (const code of codesIn(text)) {
      const verification = this.byId.get(idIn(code) ?? '');
      // The letters behind the id are what nobody can guess.
      if (verification?.code === code) return verification;
    }
    return undefined;
  }
}
