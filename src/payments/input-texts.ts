/** What every text of a payment's inputs is held to. */
import { type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';

/** A value that breaks a rule of its field. */
export const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);

/** Refuses what no row can hold, wherever in the input it stands. */
export function unstorableProblem(input: object): Problem | null {
  const field = unstorableAt(input);
  return field === null ? null : wrong('It holds a NUL byte or half a character; take it out.', field);
}

/** Checks a text that is needed: it says something and is not too long. */
export function neededText(text: string, longest: number, field: string): Problem | null {
  return !text.trim() || text.length > longest ? wrong(`It has 1 to ${longest} characters.`, field) : null;
}

/** Checks a text that may be left out. */
export function optionalText(text: string | null | undefined, longest: number, field: string): Problem | null {
  return text != null && text.length > longest ? wrong(`It has at most ${longest} characters.`, field) : null;
}

/** A text that may be left out, in one way of leaving it out: one that is blank says nothing either. */
export const saidIn = (text: string | null | undefined): string | null => (text?.trim() ? text : null);

const LONGEST_REASON = 1024;

/** Checks why somebody does something. */
export const reasonProblem = (reason: string): Problem | null =>
  unstorableAt(reason) === null
    ? neededText(reason, LONGEST_REASON, 'reason')
    : wrong('It holds a NUL byte or half a character; take it out.', 'reason');
