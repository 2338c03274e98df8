/** Ways to prove a number. The API's enum and its descriptions are made from this table; without a method they are tried in this order. */
export const VERIFICATION_METHODS = {
  SENDTALK: 'The person sends SendTalk a message that SendTalk wrote, and SendTalk checks it.',
  INBOUND:
    'The person sends us a message that we wrote, on an account whose provider passes inbound messages on; we check it ourselves.',
  CODE: 'We send the person a code in an AUTHENTICATION template; checkVerification checks it.',
} as const;

export type VerificationMethod = keyof typeof VERIFICATION_METHODS;

export const METHODS_IN_ORDER = Object.keys(VERIFICATION_METHODS) as readonly VerificationMethod[];

export const VERIFICATION_STATUSES = {
  PENDING: 'The proof is waited for.',
  VERIFIED: 'The number was proved.',
  EXPIRED: 'Its time passed without a proof. One dated before that may still come and verify it.',
  FAILED: 'A wrong code too many: it will not be proved any more.',
  CANCELED: 'It was taken back.',
} as const;

export type VerificationStatus = keyof typeof VERIFICATION_STATUSES;

/** Where it may go from where it is (interface.md, Verifications). EXPIRED is left by a proof that is dated before the expiry. */
export const NEXT_STATUSES: Readonly<Record<VerificationStatus, readonly VerificationStatus[]>> = {
  PENDING: ['VERIFIED', 'EXPIRED', 'FAILED', 'CANCELED'],
  VERIFIED: [],
  EXPIRED: ['VERIFIED'],
  FAILED: [],
  CANCELED: [],
};
