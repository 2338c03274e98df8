import { type Accounts, PROVIDERS_NAME } from './accounts.js';
import { lineOf, type Names, type StoryEvent, type StoryMessage } from './events.js';
import { isRefusal, type Merchant, PROBLEM, type Refusal } from './merchant.js';
import { type Kind, type Simulated, type Writing } from './simulated.js';
import { heading, type TimelineLine, timelineLine } from './terminal.js';

/** One send and what has to come of it. */
export interface Step {
  readonly title: string;
  readonly input: {
    readonly to: string;
    readonly content: object;
    readonly accountId?: string;
    readonly fallbacks?: readonly object[];
    readonly priority?: 'HIGH';
    readonly scheduledAt?: Date;
  };
  /** The state that it ends in. REFUSED: a Problem is answered at once, and no message is made. */
  readonly ends: 'SUBMITTED' | 'READ' | 'FAILED' | 'REFUSED';
  /** The code of the Problem that a refused or failed one carries. */
  readonly problem?: string;
  /** What went over the wire for it is shown at the end. */
  readonly shown?: true;
}

export interface Sent {
  readonly id: string | null;
  /** The message at its end; rejects when that is not what it should be. */
  readonly end: Promise<StoryMessage>;
}

/** A part of the story: its heading, and what happens. `tell` may throw what went wrong. */
export interface Chapter {
  readonly heading: string;
  tell(story: Story): Promise<void>;
}

/** Something that has to happen. */
interface Awaited {
  readonly title: string;
  readonly wanted: string;
  /** What is known of it so far. */
  is: string;
  /** Whether it happens here; throws when it cannot happen any more. */
  happens(event: StoryEvent): boolean;
  readonly done: PromiseWithResolvers<StoryEvent>;
}

const RESULT = `__typename ... on Message { id } ${PROBLEM}`;
/** The states in which nothing more happens to a message, as far as this story goes. */
const FINAL = new Set(['READ', 'FAILED', 'CANCELED', 'EXPIRED']);

/**
 * What the demo does, and the watch over what becomes of it: every message ends in the state that it should, every
 * person is heard, and every bad input is refused for the right reason.
 */
export class Story {
  private readonly events: StoryEvent[] = [];
  /** By reference, or by the words of what the gateway sends by itself. */
  private readonly titles = new Map<string, string>();
  private readonly names: Names = {
    titleOf: (reference, words = '') => this.titles.get(reference ?? words),
    kindOf: (accountId) => Object.values(this.accounts).find(({ id }) => id === accountId)?.kind ?? null,
  };
  private readonly open = new Set<Awaited>();
  private readonly failures: string[] = [];
  private readonly shown: string[] = [];
  private steps = 0;
  private told = false;

  constructor(
    readonly shop: Merchant,
    readonly simulated: Simulated,
    readonly accounts: Accounts,
    private readonly print: (line: string) => void,
    /** Tells this run's messages from those of earlier ones. */
    private readonly run: string,
  ) {}

  /** Tells one chapter after the other; resolves when everything has come to its end, right or wrong. */
  async tell(chapters: readonly Chapter[]): Promise<void> {
    for (const chapter of chapters) {
      this.print(heading(chapter.heading));
      await chapter.tell(this).catch((error: Error) => this.failures.push(error.message));
      await Promise.allSettled([...this.open].map(({ done }) => done.promise));
    }
    this.told = true;
  }

  /** Takes an event of the log: prints it, and holds it against what was to come. */
  see(event: StoryEvent): void {
    this.events.push(event);
    this.print(timelineLine(lineOf(event, this.names)));
    for (const awaited of this.open) this.judge(awaited, event);
  }

  /** What has not come to the end that it should, a line each; empty when all is well. */
  get complaints(): readonly string[] {
    const waiting = [...this.open].map(({ title, is, wanted }) => `${title}: is ${is} and not ${wanted}`);
    return [...new Set([...this.failures, ...waiting, ...(this.told ? [] : ['not everything was sent'])])];
  }

  get count(): number {
    return this.steps;
  }

  async send(step: Step): Promise<Sent> {
    const expected = this.expect(step);
    const { sendMessage } = await this.shop.ask<{ sendMessage: { id: string } | Refusal }>(
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${RESULT} } }`,
      { input: { ...step.input, reference: expected.reference, idempotencyKey: expected.reference } },
    );
    return this.hear(step, expected.awaited, sendMessage);
  }

  async sendAll(steps: readonly Step[]): Promise<void> {
    const expected = steps.map((step) => this.expect(step));
    const { sendMessages } = await this.shop.ask<{ sendMessages: ({ id: string } | Refusal)[] }>(
      `mutation ($inputs: [SendMessageInput!]!) { sendMessages(inputs: $inputs) { ${RESULT} } }`,
      { inputs: steps.map(({ input }, index) => ({ ...input, reference: expected[index]!.reference })) },
    );
    steps.forEach((step, index) => this.hear(step, expected[index]!.awaited, sendMessages[index]!));
  }

  /** A person writes to the provider’s account; answers the message as it came to us. */
  async hears(kind: Kind, writing: Writing): Promise<StoryMessage> {
    const providerMessageId = await this.simulated.receive(kind, PROVIDERS_NAME[kind], writing);
    const { message } = await this.happens(
      `${writing.name ?? writing.from} writes through ${kind}`,
      'RECEIVED',
      ({ type, message }) => type === 'MESSAGE_RECEIVED' && message?.providerMessageId === providerMessageId,
    );
    return message!;
  }

  /** Waits for the first event that fits, also among those that have come already. Gives up only when the demo does. */
  async happens(title: string, wanted: string, fits: (event: StoryEvent) => boolean): Promise<StoryEvent> {
    this.steps++;
    return this.await({ title, wanted, is: 'not in the log', happens: fits }).done.promise;
  }

  /** What a message is called that the gateway sends by itself. */
  call(words: string, title: string): void {
    this.titles.set(words, title);
  }

  /** A reference by which the timeline calls something that is no message. */
  entitle(title: string): string {
    const reference = `${this.run}-${++this.steps}`;
    this.titles.set(reference, title);
    return reference;
  }

  /** Something that is not in the log; `wrong` says why it is not as it should be. */
  note(line: Omit<TimelineLine, 'at'>, wrong?: string): void {
    this.steps++;
    this.print(timelineLine({ at: new Date(), ...line }));
    if (wrong) this.failures.push(`${line.what}: ${wrong}`);
  }

  /** What providers were sent for the messages that are to be shown, as the gateway keeps it: `POST … {…}`. */
  async wire(): Promise<string[]> {
    const lines: string[] = [];
    for (const id of this.shown) {
      const { message } = await this.shop.ask<{ message: { attempts: { request: Record<string, string> | null }[] } }>(
        'query ($id: ID!) { message(id: $id) { attempts { request } } }',
        { id },
      );
      for (const { request } of message.attempts) {
        if (request) lines.push(`${request['method']} ${new URL(request['url']!).pathname} ${request['body']}`);
      }
    }
    return lines;
  }

  /** Before it is sent: its events may be there before the answer is. */
  private expect({ title, ends, problem }: Step): { readonly reference: string; readonly awaited: Awaited } {
    const reference = `${this.run}-${++this.steps}`;
    this.titles.set(reference, title);
    const awaited = this.await({
      ...{ title, wanted: ends, is: 'not in the log' },
      happens: ({ type, message }) => {
        if (message?.reference !== reference || message.fallbackOf) return false;
        awaited.is = type.replace('MESSAGE_', '');
        if (awaited.is !== ends && !FINAL.has(awaited.is)) return false;
        if (awaited.is !== ends) throw new Error(`${title}: is ${awaited.is} and not ${ends}`);
        if (message.problem?.code !== problem)
          throw new Error(`${title}: has the problem ${message.problem?.code ?? 'none'}`);
        return true;
      },
    });
    return { reference, awaited };
  }

  private hear({ title, input, ends, problem, shown }: Step, awaited: Awaited, answer: { id: string } | Refusal): Sent {
    const end = awaited.done.promise.then(({ message }) => message!);
    end.catch(() => undefined);
    if (isRefusal(answer)) {
      const { code, field, message } = answer;
      const detail = `${code} at ${field}: ${message}`;
      this.print(
        timelineLine({ at: new Date(), provider: null, what: title, who: input.to, state: 'Problem', detail }),
      );
      if (ends === 'REFUSED' && code === problem) this.open.delete(awaited);
      else this.fail(awaited, new Error(`${title}: was refused with ${code}`));
      return { id: null, end };
    }
    if (ends === 'REFUSED') this.fail(awaited, new Error(`${title}: was accepted and not refused with ${problem}`));
    if (shown) this.shown.push(answer.id);
    return { id: answer.id, end };
  }

  private await(what: Omit<Awaited, 'done'>): Awaited {
    const awaited: Awaited = { ...what, done: Promise.withResolvers<StoryEvent>() };
    // Nobody need wait for it: what went wrong is among the complaints.
    awaited.done.promise.catch(() => undefined);
    this.open.add(awaited);
    for (const event of this.events) this.judge(awaited, event);
    return awaited;
  }

  private judge(awaited: Awaited, event: StoryEvent): void {
    if (!this.open.has(awaited)) return;
    try {
      if (!awaited.happens(event)) return;
      this.open.delete(awaited);
      awaited.done.resolve(event);
    } catch (error) {
      this.fail(awaited, error as Error);
    }
  }

  private fail(awaited: Awaited, error: Error): void {
    this.open.delete(awaited);
    this.failures.push(error.message);
    awaited.done.reject(error);
  }
}
