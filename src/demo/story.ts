import { isRefusal, type Merchant, PROBLEM, type Refusal } from './merchant.js';
import { DOKU_TEMPLATE, WAPPIN_TEMPLATE } from './set-up.js';
import { type TimelineLine } from './terminal.js';

/** Exactly as DOKU's PAYCHAT page prints it. */
const DOKU_REQUEST = {
  to: '087823678023',
  content: { template: { name: DOKU_TEMPLATE.name, params: ['value 1', 'value 2', 'value 3'] } },
};
/** Exactly as Wappin's document (1.7, December 2019) prints it. */
const WAPPIN_REQUEST = {
  to: '6289600010002',
  content: {
    template: {
      name: WAPPIN_TEMPLATE.name,
      params: [
        'Name',
        '8000181008192601',
        '034567',
        'Customer Name',
        'email@gmail.com',
        '1.000.000',
        '2018-10-10 19:26:36',
      ],
    },
  },
};
/** The simulator answers Wappin's 601 for it: docs/simulator.md. */
const NOT_ON_WHATSAPP = '+62 812 0000 0601';
const OPTED_OUT = '+62 896 0001 0009';
const SCHEDULED_AHEAD_MS = 2_000;

interface SendInput {
  readonly to: string;
  readonly content: { readonly template: { readonly name: string; readonly params: readonly string[] } };
  readonly scheduledAt?: Date;
}

/** One send and what has to come of it: the state that it ends in, or the problem that it is refused with. */
interface Step {
  readonly title: string;
  readonly input: SendInput;
  readonly ends: string;
  /** The code of the Problem that a refused or failed one carries. */
  readonly problem?: string;
}

export interface StoryEvent {
  readonly id: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly data: { readonly optOut?: { readonly phone: string; readonly scope: string } };
  readonly message: {
    readonly id: string;
    readonly reference: string | null;
    readonly to: string;
    readonly providerMessageId: string | null;
    readonly account: { readonly kind: string } | null;
    readonly content: { readonly template: { readonly name: string } | null };
    readonly problem: { readonly code: string; readonly provider: { readonly code: string | null } | null } | null;
  } | null;
}

export const FOLLOW = `subscription ($after: ID) { events(after: $after) {
  id type recordedAt data
  message { id reference to providerMessageId account { kind }
    content { ... on TemplateContent { template { name } } } problem { code provider { code } } }
} }`;

const RESULT = `__typename ... on Message { id } ${PROBLEM}`;
/** The states in which nothing more happens to a message, as far as this story goes. */
const FINAL = new Set(['READ', 'FAILED', 'CANCELED', 'EXPIRED']);

/**
 * What the demo sends, and the watch over what becomes of it: every message ends in the state that it should, every
 * bad input is refused for the right reason.
 */
export class Story {
  private readonly titles = new Map<string, string>();
  /** By reference: the steps whose message has not ended yet. */
  private readonly open = new Map<string, Step>();
  private readonly seen = new Map<string, string>();
  private readonly failures: string[] = [];
  private readonly ids = new Map<Step, string>();
  private readonly ended = Promise.withResolvers<void>();
  private told = false;
  private steps = 0;

  constructor(
    private readonly shop: Merchant,
    private readonly print: (line: TimelineLine) => void,
    /** Tells this run's messages from those of earlier ones. */
    private readonly run: string,
  ) {}

  /** Resolves when every step has come to its end, right or wrong. */
  get whenEnded(): Promise<void> {
    return this.ended.promise;
  }

  /** Sends everything; resolves when the last of it was accepted or refused. */
  async tell(): Promise<void> {
    await this.send({ title: `PAYCHAT ${DOKU_TEMPLATE.externalId}`, input: DOKU_REQUEST, ends: 'SUBMITTED' });
    await this.send({ title: WAPPIN_TEMPLATE.externalId, input: WAPPIN_REQUEST, ends: 'READ' });
    await this.send({
      title: `in ${SCHEDULED_AHEAD_MS / 1000} seconds`,
      input: { ...bill('+62 896 0001 0003', '034568'), scheduledAt: new Date(Date.now() + SCHEDULED_AHEAD_MS) },
      ends: 'READ',
    });
    await this.send({
      title: 'a wrong number',
      input: bill('0896-1', '034569'),
      ends: '',
      problem: 'INVALID_PHONE_NUMBER',
    });
    await this.send({
      title: 'two values for three',
      input: {
        to: DOKU_REQUEST.to,
        content: { template: { name: DOKU_TEMPLATE.name, params: ['value 1', 'value 2'] } },
      },
      ends: '',
      problem: 'TEMPLATE_PARAMS_MISMATCH',
    });
    await this.optOut();
    await this.send({
      title: 'an opted-out person',
      input: bill(OPTED_OUT, '034570'),
      ends: '',
      problem: 'RECIPIENT_OPTED_OUT',
    });
    await this.send({
      title: 'no WhatsApp there',
      input: bill(NOT_ON_WHATSAPP, '034571'),
      ends: 'FAILED',
      problem: 'NOT_ON_WHATSAPP',
    });
    await this.sendAll([
      { title: 'batch, 1 of 5', input: bill('0896-0001-0011', '034572'), ends: 'READ' },
      { title: 'batch, 2 of 5', input: bill('+62 896 0001 0012', '034573'), ends: 'READ' },
      { title: 'batch, 3 of 5', input: bill('nobody', '034574'), ends: '', problem: 'INVALID_PHONE_NUMBER' },
      { title: 'batch, 4 of 5', input: parcel('62 878 2367 8024', 'Sri', 'A-1042'), ends: 'SUBMITTED' },
      { title: 'batch, 5 of 5', input: bill('6289600010013', '034575'), ends: 'READ' },
    ]);
    this.told = true;
    this.look();
  }

  /** Takes an event of the log: prints it, and holds it against what was to come. */
  see(event: StoryEvent): void {
    const { type, message, data } = event;
    const at = new Date(event.recordedAt);
    if (data.optOut) {
      const state = type === 'OPT_OUT_ADDED' ? 'opted out' : 'opted in';
      this.print({ at, provider: null, what: 'consent', to: data.optOut.phone, state, detail: data.optOut.scope });
    }
    if (!message) return;
    const state = type.replace('MESSAGE_', '');
    const { reference, account, content, problem } = message;
    const what = this.titles.get(reference ?? '') ?? content.template?.name ?? message.id;
    const detail =
      state === 'SUBMITTED' ? `as ${message.providerMessageId}` : state === 'FAILED' ? describe(problem) : '';
    this.print({ at, provider: account?.kind ?? null, what, to: message.to, state, detail });
    if (reference !== null) this.judge(reference, state, problem?.code);
  }

  /** What has not come to the end that it should, a line each; empty when all is well. */
  get complaints(): readonly string[] {
    const waiting = [...this.open].map(
      ([reference, { title, ends }]) => `${title}: is ${this.seen.get(reference) ?? 'not in the log'} and not ${ends}`,
    );
    return [...this.failures, ...waiting, ...(this.told ? [] : ['not everything was sent'])];
  }

  /** What the two providers were sent for the messages of their documents, as the gateway keeps it: `POST … {…}`. */
  async wire(): Promise<string[]> {
    const lines: string[] = [];
    for (const [{ input }, id] of this.ids) {
      if (input !== DOKU_REQUEST && input !== WAPPIN_REQUEST) continue;
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

  get count(): number {
    return this.steps;
  }

  private async send(step: Step): Promise<void> {
    const reference = this.expect(step);
    const { sendMessage } = await this.shop.ask<{ sendMessage: { id: string } | Refusal }>(
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${RESULT} } }`,
      { input: { ...step.input, reference, idempotencyKey: reference } },
    );
    this.hear(reference, step, sendMessage);
  }

  private async sendAll(steps: readonly Step[]): Promise<void> {
    const references = steps.map((step) => this.expect(step));
    const { sendMessages } = await this.shop.ask<{ sendMessages: ({ id: string } | Refusal)[] }>(
      `mutation ($inputs: [SendMessageInput!]!) { sendMessages(inputs: $inputs) { ${RESULT} } }`,
      { inputs: steps.map(({ input }, index) => ({ ...input, reference: references[index] })) },
    );
    steps.forEach((step, index) => this.hear(references[index]!, step, sendMessages[index]!));
  }

  private async optOut(): Promise<void> {
    await this.shop.ask(
      `mutation ($phone: String!) { optOut(phone: $phone, reason: "asked in the shop") { __typename } }`,
      {
        phone: OPTED_OUT,
      },
    );
  }

  /** Before it is sent: its events may be there before the answer is. */
  private expect(step: Step): string {
    const reference = `${this.run}-${++this.steps}`;
    this.titles.set(reference, step.title);
    this.open.set(reference, step);
    return reference;
  }

  private hear(reference: string, step: Step, answer: { id: string } | Refusal): void {
    const { title, input, ends, problem } = step;
    if (isRefusal(answer)) {
      const { code, field, message } = answer;
      this.open.delete(reference);
      this.print({
        at: new Date(),
        provider: null,
        what: title,
        to: input.to,
        state: 'Problem',
        detail: `${code} at ${field}: ${message}`,
      });
      if (ends !== '' || code !== problem) this.failures.push(`${title}: was refused with ${code}`);
      return this.look();
    }
    this.ids.set(step, answer.id);
    if (ends === '') {
      this.open.delete(reference);
      this.failures.push(`${title}: was accepted and not refused with ${problem}`);
    }
    this.look();
  }

  private judge(reference: string, state: string, problem: string | undefined): void {
    const step = this.open.get(reference);
    if (!step) return;
    this.seen.set(reference, state);
    if (state !== step.ends && !FINAL.has(state)) return;
    this.open.delete(reference);
    if (state !== step.ends) this.failures.push(`${step.title}: is ${state} and not ${step.ends}`);
    else if (problem !== step.problem) this.failures.push(`${step.title}: has the problem ${problem ?? 'none'}`);
    this.look();
  }

  private look(): void {
    if (this.told && this.open.size === 0) this.ended.resolve();
  }
}

/** A request for payment through Wappin. */
const bill = (to: string, number: string): SendInput => ({
  to,
  content: {
    template: {
      name: WAPPIN_TEMPLATE.name,
      params: [
        'Budi',
        `80001810081${number}`,
        number,
        'Budi Santoso',
        'budi@example.com',
        '250.000',
        '2026-12-31 23:59:00',
      ],
    },
  },
});

/** Word of a parcel through DOKU. */
const parcel = (to: string, name: string, order: string): SendInput => ({
  to,
  content: { template: { name: DOKU_TEMPLATE.name, params: [name, order, `JX${order.slice(2)}88`] } },
});

const describe = (problem: { code: string; provider: { code: string | null } | null } | null): string =>
  problem ? `${problem.code}${problem.provider ? ` (the provider’s ${problem.provider.code})` : ''}` : '';
