import { type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';

const LONGEST_NAME = 128;

/** Why something cannot be called so; null when it can. */
export function nameProblem(name: string): Problem | null {
  if (unstorableAt(name) !== null) {
    return problem('INVALID_INPUT', 'The name has a NUL or half of a character; leave it out.', 'name');
  }
  if (name.trim() === '' || [...name].length > LONGEST_NAME) {
    return problem('INVALID_INPUT', `The name must have 1 to ${LONGEST_NAME} characters.`, 'name');
  }
  return null;
}
