// What both helpers are made of: they answer what they are asked, and load with a bounded number of things in flight.

/** Serves `startHelper`'s questions; `does` names what can be asked. */
export function serve(does) {
  process.on('message', ({ what, ...given }) => {
    Promise.resolve(does[what](given)).then(
      (result) => process.send({ result: result ?? null }),
      (error) => process.send({ error: error.stack ?? String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** Does `one(index)` for 0 to count - 1, `width` of them at a time; stops beginning new ones after `withinMs`. */
export async function closedLoop(count, width, withinMs, one) {
  const until = Date.now() + withinMs;
  const latencies = [];
  let next = 0;
  let late = false;
  const worker = async (place) => {
    while (next < count && !late) {
      const index = next++;
      const began = performance.now();
      await one(index, place);
      latencies.push(performance.now() - began);
      late = Date.now() > until;
    }
  };
  const startedAt = Date.now();
  await Promise.all(Array.from({ length: Math.min(width, count) }, (_, place) => worker(place)));
  const endedAt = Date.now();
  latencies.sort((a, b) => a - b);
  const at = (part) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return { done: latencies.length, late, startedAt, endedAt, p50: at(0.5), p99: at(0.99), max: latencies.at(-1) ?? 0 };
}

/** A POST without the stream that undici makes of each answer otherwise; answers its status and text. */
export function post(pool, path, headers, body) {
  return new Promise((resolve, reject) => {
    let status = 0;
    const chunks = [];
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => (status = code),
        onResponseData: (_controller, chunk) => chunks.push(chunk),
        onResponseEnd: () => resolve({ status, text: Buffer.concat(chunks).toString('utf8') }),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

/** The inputs of both sides are the same: those of message `index` of run `series`. No magic recipient of the simulator is among them. */
export const recipientOf = (series, index) => `+628${String(1_201_000_000 + series * 1_000_000 + index)}`;
export const paramsOf = (series, index) => [`${series}-${index}`, 'noon'];
export const referenceOf = (series, index) => `bench-${series}-${index}`;
