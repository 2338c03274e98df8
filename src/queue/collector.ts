interface Waiting<In, Out> {
  readonly input: In;
  readonly resolve: (output: Out) => void;
  readonly reject: (error: unknown) => void;
}

/** The most rows that share one commit. */
const LARGEST_BATCH = 500;

/**
 * Group commit without a timer: what arrives while a commit is under way is the next batch. A lone caller waits for
 * nobody; under load a hundred callers share one transaction.
 *
 * `flush` answers one output for each input, in order. When it throws something that `leftNothing` says has left nothing
 * behind, the inputs of the batch go one by one, so that one never sinks its neighbours. After any other error (the line
 * broke during a commit) nobody knows what was stored, and doing it again could do it twice: all of them get the error.
 */
export class Collector<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private running: Promise<void> | null = null;

  constructor(
    private readonly flush: (inputs: readonly In[]) => Promise<readonly Out[]>,
    private readonly leftNothing: (error: unknown) => boolean,
    private readonly largest = LARGEST_BATCH,
  ) {}

  /** Resolves after the commit that holds the input. */
  add(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      this.running ??= this.run();
    });
  }

  addAll(inputs: readonly In[]): Promise<Out[]> {
    return Promise.all(inputs.map((input) => this.add(input)));
  }

  /** Somebody waits for a commit. */
  get busy(): boolean {
    return this.running !== null;
  }

  /** Resolves when all that was added is through. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    // What the other callbacks of this turn of the event loop add comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, this.largest));
    this.running = null;
  }

  private async commit(batch: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const outputs = await this.flush(batch.map(({ input }) => input));
      batch.forEach(({ resolve }, index) => resolve(outputs[index] as Out));
    } catch (error) {
      if (batch.length > 1 && this.leftNothing(error)) for (const one of batch) await this.commit([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
