/** HIGH, the first of the priorities. */
export const URGENT = 0;
/** The calls that begin while a lower priority waits are counted by tens, so that none of them ever starves. */
const ROUND = 10;
/** Whose turn it is in such a round, where one waits below the first in line: the fifth call is for NORMAL, the tenth for LOW. */
const SHARES: ReadonlyMap<number, number> = new Map([
  [4, 1],
  [9, 2],
]);

export interface Waiting {
  /** 0 HIGH, 1 NORMAL, 2 LOW. */
  readonly priority: number;
}

/** How many messages may leave now. */
export interface Places {
  /** Of any priority: what one claim takes. */
  readonly atMost: number;
  /** As far as the budget goes. */
  readonly urgent: number;
  /** The same where no HIGH one waits: less, for what is left over is there for one that comes next. */
  readonly others: number;
}

export interface Turns<Candidate> {
  /** In the order in which they leave. */
  readonly chosen: readonly Candidate[];
  /** As it was given, after these: how many of a round of ten have left while one of lower priority waited. */
  readonly passedOver: number;
  /** Of what is left, the first: `held` where the budget has no place for it, `urgent` where it may have the last one. */
  readonly next: { readonly held: boolean; readonly urgent: boolean } | null;
}

/**
 * Whose turn it is: HIGH before NORMAL before LOW, each in the order of its coming; but of ten that leave while a lower one
 * waits, one is for NORMAL and one for LOW, also where the last call of the budget is left. A place is one message; where
 * a call carries one message, a place is a call.
 *
 * @param candidates those of one priority in the order of their coming
 */
export function inTurn<Candidate extends Waiting>(
  candidates: readonly Candidate[],
  passedOver: number,
  places: Places,
): Turns<Candidate> {
  const lines = new Map([...Map.groupBy(candidates, ({ priority }) => priority)].sort(([one], [other]) => one - other));
  const chosen: Candidate[] = [];
  let passed = passedOver;
  for (;;) {
    const [first, ...lower] = [...lines.keys()];
    if (first === undefined) return { chosen, passedOver: passed, next: null };
    const urgent = first === URGENT;
    const held = chosen.length >= (urgent ? places.urgent : places.others);
    if (held || chosen.length >= places.atMost) return { chosen, passedOver: passed, next: { held, urgent } };
    const share = SHARES.get(passed);
    const turn = share !== undefined && lower.includes(share) ? share : first;
    chosen.push(shift(lines, turn));
    passed = lower.length > 0 ? (passed + 1) % ROUND : 0;
  }
}

/** Takes the first out of a line, which goes when it is empty. */
function shift<Candidate>(lines: Map<number, Candidate[]>, priority: number): Candidate {
  const [first, ...others] = lines.get(priority) as [Candidate, ...Candidate[]];
  if (others.length > 0) lines.set(priority, others);
  else lines.delete(priority);
  return first;
}
