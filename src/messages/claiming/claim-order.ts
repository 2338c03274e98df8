/** HIGH, the first of the priorities. */
export const URGENT = 0;
/** Of the calls that begin while a lower priority waits, one in ten is for the lower ones, so that none ever starves. */
const PASSED_AT_MOST = 9;

export interface Waiting {
  /** 0 HIGH, 1 NORMAL, 2 LOW. */
  readonly priority: number;
  readonly dueAt: Date;
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
  /** As it was given, after these: how many messages have passed a waiting one of lower priority since one had its turn. */
  readonly passedOver: number;
  /** Of what is left, the first: `held` where the budget has no place for it, `urgent` where it may have the last one. */
  readonly next: { readonly held: boolean; readonly urgent: boolean } | null;
}

/**
 * Whose turn it is: HIGH before NORMAL before LOW, each in the order of its coming, and after nine that passed a waiting one
 * of lower priority that one of the lower ones that waits longest, also where the last call of the budget is left. A place
 * is one message; where a call carries one message, a place is a call.
 *
 * @param candidates those of one priority in the order of their coming
 */
export function inTurn<Candidate extends Waiting>(
  candidates: readonly Candidate[],
  passedOver: number,
  places: Places,
): Turns<Candidate> {
  const priorities = [...new Set(candidates.map(({ priority }) => priority))].sort((one, other) => one - other);
  const queues = priorities.map((priority) => new Line(candidates.filter((one) => one.priority === priority)));
  const chosen: Candidate[] = [];
  let passed = passedOver;
  for (;;) {
    const [first, ...lower] = queues.filter(({ head }) => head !== undefined);
    if (!first?.head) return { chosen, passedOver: passed, next: null };
    const urgent = first.head.priority === URGENT;
    const held = chosen.length >= (urgent ? places.urgent : places.others);
    if (held || chosen.length >= places.atMost) return { chosen, passedOver: passed, next: { held, urgent } };
    const isTheirTurn = lower.length > 0 && passed >= PASSED_AT_MOST;
    chosen.push((isTheirTurn ? longestWaiting(lower) : first).shift());
    passed = isTheirTurn || lower.length === 0 ? 0 : passed + 1;
  }
}

class Line<Candidate extends Waiting> {
  private at = 0;

  constructor(private readonly all: readonly Candidate[]) {}

  get head(): Candidate | undefined {
    return this.all[this.at];
  }

  shift(): Candidate {
    return this.all[this.at++] as Candidate;
  }
}

function longestWaiting<Candidate extends Waiting>(lines: readonly Line<Candidate>[]): Line<Candidate> {
  const since = ({ head }: Line<Candidate>): number => head?.dueAt.getTime() ?? Infinity;
  return lines.reduce((longest, line) => (since(line) < since(longest) ? line : longest));
}
