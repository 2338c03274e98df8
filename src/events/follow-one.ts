import { type EventFollower, type EventPage } from './event-follower.js';
import { type SubjectKind } from './event-types.js';

/** A thing that counts its events. */
interface Counting {
  readonly sequence: number;
}

/**
 * One thing as it changes: first as it is, then after each change, read anew each time, so that what is told is how it is now.
 * Nothing ever for an id that does not exist (null: that cannot exist). The log is taken hold of here, before the first
 * reading, so that no change falls between.
 */
export function followOne<Thing extends Counting, Shown>(
  follower: EventFollower,
  one: { readonly projectId: string; readonly kind: SubjectKind; readonly id: string | null },
  how: { readonly find: (id: string) => Promise<Thing | null>; readonly show: (thing: Thing) => Shown },
  signal: AbortSignal,
): AsyncGenerator<Shown> {
  const { projectId, kind, id } = one;
  const pages = follower.follow({ projectId, types: null, subjectId: id ?? '' }, null, signal);
  return asItChanges(pages, kind, async () => (id === null ? null : how.find(id)), how.show);
}

async function* asItChanges<Thing extends Counting, Shown>(
  pages: AsyncGenerator<EventPage>,
  kind: SubjectKind,
  read: () => Promise<Thing | null>,
  show: (thing: Thing) => Shown,
): AsyncGenerator<Shown> {
  const first = await read();
  if (first) yield show(first);
  let told = first?.sequence ?? 0;
  for await (const page of pages) {
    if (!page.some(({ subjectKind }) => subjectKind === kind)) continue;
    const thing = await read();
    // What a page tells may have been in the row when it was read before.
    if (!thing || thing.sequence === told) continue;
    told = thing.sequence;
    yield show(thing);
  }
}
