import { type Clock, later, SECOND } from '../common/clock.js';
import { type Signals, type Topic } from '../database/signals.js';

/** A signal may be lost. */
const LOOK_EVERY_MS = SECOND / 2;

/**
 * Reads a thing, and again whenever something is said of it in whatever process, until it is as it is waited for or the
 * time is over. Answers the last reading.
 */
export async function readUntil<Thing>(
  of: { readonly signals: Signals; readonly clock: Clock; readonly topic: Topic; readonly id: string },
  read: () => Promise<Thing>,
  isThere: (thing: Thing) => boolean,
  timeMs: number,
): Promise<Thing> {
  const until = later(of.clock.now(), timeMs);
  for (;;) {
    // From before the reading, so that nothing is said between the two.
    const heard = hearing(of);
    const thing = await read();
    if (isThere(thing) || of.clock.now() >= until) {
      heard.stop();
      return thing;
    }
    await heard.wait;
  }
}

function hearing({ signals, clock, topic, id }: Parameters<typeof readUntil>[0]): {
  readonly wait: Promise<void>;
  readonly stop: () => void;
} {
  let stop = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    const deaf = signals.on(topic, (ids) => ids.includes(id) && stop());
    const late = clock.wakeAt(later(clock.now(), LOOK_EVERY_MS), () => stop());
    stop = () => {
      deaf();
      late();
      resolve();
    };
  });
  return { wait, stop: () => stop() };
}
