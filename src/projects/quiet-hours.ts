import { type Problem, problem } from '../common/problem.js';
import { type ProjectEntity } from './project.entity.js';

/** The hours in which MARKETING may be sent, HH:MM by the recipient's clock; where `from` is the later one they cross midnight. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

export const quietHoursOf = ({
  quietFrom,
  quietTo,
}: Pick<ProjectEntity, 'quietFrom' | 'quietTo'>): QuietHours | null =>
  quietFrom !== null && quietTo !== null ? { from: quietFrom, to: quietTo } : null;

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Why hours cannot be these; null when they can. */
export function quietHoursProblem(hours: QuietHours): Problem | null {
  for (const field of ['from', 'to'] as const) {
    if (!TIME_OF_DAY.test(hours[field])) {
      return problem(
        'INVALID_INPUT',
        'It is no time of a day: write HH:MM, from 00:00 to 23:59, such as 08:00.',
        field,
      );
    }
  }
  if (hours.from === hours.to) {
    const how = 'For MARKETING at any time switch quiet hours off: setQuietHours(input: null).';
    return problem('INVALID_INPUT', `from and to are the same. ${how}`, 'to');
  }
  return null;
}
