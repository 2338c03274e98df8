import { later, SECOND } from '../common/clock.js';
import { type Problem, problem } from '../common/problem.js';
import { type Verification, type RefusalReason } from './verification-row.js';
import { NEXT_STATUSES, type VerificationStatus } from './verification.status.js';

/** Clocks differ: a proof may be dated so much after the expiry (interface.md, Verifications). */
export const PROOF_GRACE_MS = 5 * SECOND;

/** When a proof was sent: as its provider says, but not before there was anything to prove. */
export function proofDate({ createdAt }: Pick<Verification, 'createdAt'>, said: Date | null, now: Date): Date {
  return said !== null && said >= later(createdAt, -PROOF_GRACE_MS) ? said : now;
}

/** What happened to a verification. */
export type VerificationChange =
  /** The person sent what proves it, from that number (null where it is not known), at that time. */
  | { readonly kind: 'proof'; readonly phone: string | null; readonly at: Date }
  /** A code was checked; whether it is one of those that were sent. */
  | { readonly kind: 'check'; readonly right: boolean }
  | { readonly kind: 'cancel' }
  /** Its time may have passed. */
  | { readonly kind: 'due' }
  /** No way to prove it is left. */
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What becomes of it. */
export interface VerificationDecision {
  /** Where it goes; null where it stays. */
  readonly status: Exclude<VerificationStatus, 'PENDING'> | null;
  /** What stands in the way of the one who asked; null where he gets the verification. */
  readonly problem: Problem | null;
  /** What a person sent was not it. */
  readonly reason: RefusalReason | null;
  readonly checksLeft: number;
}

type State = Pick<Verification, 'status' | 'phone' | 'expiresAt' | 'checksLeft'>;

/** Decides what becomes of a verification by its row alone. Pure; the one place that knows the rules. */
export function decide(state: State, change: VerificationChange, now: Date): VerificationDecision {
  const { checksLeft } = state;
  const stays = { status: null, problem: null, reason: null, checksLeft };
  const goes = (status: Exclude<VerificationStatus, 'PENDING'>): VerificationDecision =>
    NEXT_STATUSES[state.status].includes(status) ? { ...stays, status } : { ...stays, problem: tooLate(state, now) };
  switch (change.kind) {
    case 'proof': {
      const reason = whyNot(state, change);
      return reason === null ? goes('VERIFIED') : { ...stays, reason };
    }
    case 'check':
      return change.right ? checkedRight(state, now) : checkedWrong(state, now);
    case 'cancel':
      return isOver(state, now) ? { ...stays, problem: tooLate(state, now) } : goes('CANCELED');
    case 'due':
      return state.status === 'PENDING' && state.expiresAt <= now ? goes('EXPIRED') : stays;
    case 'refused':
      return state.status === 'PENDING' ? { ...goes('FAILED'), problem: change.problem } : stays;
  }

  function checkedRight(of: State, at: Date): VerificationDecision {
    if (of.checksLeft === 0) return { ...stays, problem: tooLate(of, at) };
    if (of.status === 'VERIFIED') return stays;
    return isOver(of, at) ? expiring(of, at) : goes('VERIFIED');
  }

  /** One that was verified counts wrong codes too: who goes on guessing must not find the right one. */
  function checkedWrong(of: State, at: Date): VerificationDecision {
    if (of.checksLeft === 0 || (of.status !== 'VERIFIED' && isOver(of, at))) return expiring(of, at);
    const left = of.checksLeft - 1;
    const incorrect = { ...stays, problem: codeIncorrect(left, of.status), checksLeft: left };
    return left === 0 && of.status === 'PENDING' ? { ...incorrect, status: 'FAILED' } : incorrect;
  }

  /** Whoever comes too late hears so, also before the clock of a worker has said it. */
  function expiring(of: State, at: Date): VerificationDecision {
    const problem = tooLate(of, at);
    return of.status === 'PENDING' && isOver(of, at) ? { ...goes('EXPIRED'), problem } : { ...stays, problem };
  }
}

const isOver = ({ status, expiresAt }: State, now: Date): boolean => status !== 'PENDING' || expiresAt <= now;

/** Why what a person sent proves nothing; null where it does. */
function whyNot(
  { status, phone, expiresAt }: State,
  proof: { readonly phone: string | null; readonly at: Date },
): RefusalReason | null {
  if (proof.phone === null || proof.phone !== phone) return 'ANOTHER_NUMBER';
  if (status === 'VERIFIED') return 'USED';
  if (status === 'CANCELED' || status === 'FAILED') return 'CLOSED';
  return proof.at <= later(expiresAt, PROOF_GRACE_MS) ? null : 'EXPIRED';
}

export const NO_VERIFICATION = problem('NOT_FOUND', 'No verification of that id exists in this project.', 'id');

/** Why nothing more can be done with it. */
export function tooLate({ status, expiresAt }: Pick<State, 'status' | 'expiresAt'>, now: Date): Problem {
  if (status === 'EXPIRED' || (status === 'PENDING' && expiresAt <= now))
    return problem('EXPIRED', 'Its time has passed: start a new verification.', 'id');
  return problem('INVALID_TRANSITION', `It is ${status} and changes no more; start a new verification.`, 'id');
}

function codeIncorrect(left: number, status: VerificationStatus): Problem {
  const more = left === 0 ? 'it was the last try' : `${left} more ${left === 1 ? 'try is' : 'tries are'} left`;
  const after = status === 'VERIFIED' ? 'the number was proved before' : left === 0 ? 'start a new verification' : null;
  return problem('CODE_INCORRECT', `That is not the code; ${more}${after === null ? '' : `: ${after}`}.`, 'code');
}
