import { MINUTE } from '../common/clock.js';

/** So long after a person was sent something the same person is not sent the next (interface.md, Verifications). */
export const COOL_DOWN_MS = MINUTE;
