const LOOK_AGAIN_MS = 5;
const PATIENCE_MS = 10_000;

/**
 * Waits for a fact: asks again and again until `fact` answers something true, and answers that. For what no promise
 * tells of. Throws after 10 s, with `what` was waited for.
 */
export async function until<Fact>(
  fact: () => Promise<Fact> | Fact,
  what = String(fact),
  patienceMs = PATIENCE_MS,
): Promise<NonNullable<Exclude<Fact, false>>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await fact();
    if (found) return found as NonNullable<Exclude<Fact, false>>;
    if (performance.now() > deadline) throw new Error(`Waited ${patienceMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
