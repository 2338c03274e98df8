/**
 * What a subscription resolver returns: the values of `run`, ended by its signal. A generator that waits for something
 * cannot be ended from outside, its `return()` waits for the same thing; so the signal is raised first.
 * `run` is called at once, not at the first `next()`: what it takes hold of before its first await is of this moment.
 */
export function live<Value>(run: (signal: AbortSignal) => AsyncGenerator<Value>): AsyncGenerator<Value> {
  const ending = new AbortController();
  const values = run(ending.signal);
  return {
    next: () => values.next(),
    return: (value: unknown) => {
      ending.abort();
      return values.return(value);
    },
    throw: (error: unknown) => {
      ending.abort();
      return values.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await values.return(undefined);
    },
  };
}

/** For `@Subscription(() => X, { resolve: asItIs })`: what the resolver yields is X itself, not an object around it. */
export const asItIs = <Value>(value: Value): Value => value;
