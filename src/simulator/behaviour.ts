/** The providers that the simulator speaks for. */
export type SimulatedKind = 'DOKU' | 'WAPPIN' | 'EXOTEL' | 'SENDTALK' | 'META';

/**
 * What a provider reports of a message after its answer. A number is a code of failure of the provider's own; one that has
 * no codes there reports a plain failure.
 */
export type SimulatedStatus = 'sent' | 'delivered' | 'read' | 'failed' | `${number}`;

/** A refusal as it goes over the wire. */
export interface Refusal {
  /**
   * HTTP status. Wappin and SendTalk answer their own codes in an HTTP 200, so there it is only used where `code` is null;
   * Exotel's 202 refuses one message of a request, any other status the whole of it.
   */
  readonly http: number;
  /** The provider's own code; null for a page of the proxy in front of it, which is no JSON. */
  readonly code: string | null;
  readonly message: string;
  /** SendTalk: the field that a 40002 is about. */
  readonly field?: string;
}

/** How a provider reports on one message that it has taken. */
export interface CallbackPlan {
  /** In the order in which they happen. Empty: nothing is ever heard of the message again. */
  readonly statuses: readonly SimulatedStatus[];
  /** False: they happen, an inquiry shows them, and no callback is posted. */
  readonly posted: boolean;
  /** From the answer to the first status, in milliseconds. */
  readonly firstAfterMs: number;
  /** From the first answer to one callback to the next status, in milliseconds. */
  readonly betweenMs: number;
  /** How often each callback is posted, whatever is answered. */
  readonly times: number;
  /**
   * Where a provider's documents disagree on the form: what is seen in practice, or the other one. Wappin's samples and its
   * field table (v1.7): `status_messages`/`environment`, or `status_message`/`environtment`. Exotel: bare, or in `params`.
   */
  readonly spelling: 'sample' | 'table';
  /** All of them are posted, and answered, before the send itself is. */
  readonly beforeAnswer: boolean;
  /** Posted with a token or a signature that is not the account's: what a forger would do. */
  readonly wrongToken: boolean;
}

/** What a person does with an order in the chat: pays it, tries and fails, or begins and has to wait. */
export type PersonAct = 'pay' | 'fail' | 'wait';

/** What is done with a request that a provider would otherwise have taken. Empty: nothing unusual. */
export interface Behaviour {
  readonly refuse?: Refusal;
  /** The message goes out. Without it: it does, unless it is refused. */
  readonly sent?: boolean;
  /** DOKU: the refusal uses up the Request-Id; a repeat gets it again with HTTP 409. */
  readonly remembered?: boolean;
  /** The answer is held back this long, in milliseconds; what was decided is decided at once. */
  readonly delayMs?: number;
  /** `dropped`: the connection ends without an answer. `cut`: in the middle of one. */
  readonly line?: 'dropped' | 'cut';
  /** `html`: a 200 that is no JSON. `empty`: a success with neither an error nor a message id. */
  readonly answer?: 'html' | 'empty';
  /** DOKU: `line` and `delayMs` befall the repeats of a Request-Id too, not only its first request. */
  readonly repeatsToo?: boolean;
  readonly callbacks?: Partial<CallbackPlan>;
  /** Of an order in the chat: what the person does, the first a second after its delivery, the next a second after that. */
  readonly person?: readonly PersonAct[];
}

/** What a number or the name of a fault stands for at one provider. */
export interface MagicRow {
  readonly what: string;
  readonly behaviour: Behaviour;
}
/** By the last digits of the number. */
export type MagicRows = Readonly<Record<string, MagicRow>>;

/** What the provider would send to the caller. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  readonly line?: 'dropped' | 'cut';
  /** The answer waits for this, e.g. for callbacks that come first. */
  readonly after?: Promise<unknown>;
}

/** A request as it came. */
export interface ProviderCall {
  readonly method: string;
  /** As written in the request line, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly remoteAddress: string;
}

/** Whether a message goes out in spite of what befalls its request. */
export const goesOut = (behaviour: Behaviour | undefined): boolean =>
  behaviour?.sent ?? behaviour?.refuse === undefined;

/** A line that ends without an answer. */
export const NO_ANSWER: Answer = { status: 500, body: '', line: 'dropped' };

const PROXY_PAGE =
  '<html><head><title>Bad Gateway</title></head><body><center><h1>Bad Gateway</h1></center></body></html>\r\n';

/** The page of a proxy that could not reach what is behind it. */
export function proxyPage(status: number): Answer {
  return { status, body: PROXY_PAGE, contentType: 'text/html' };
}

/** The parts of a behaviour that befall the answer, whatever it says. */
export function withLine(answer: Answer, behaviour: Behaviour | undefined): Answer {
  if (behaviour === undefined || (behaviour.delayMs === undefined && behaviour.line === undefined)) return answer;
  return { ...answer, delayMs: behaviour.delayMs, line: behaviour.line ?? answer.line };
}

/** One value of a header; undefined when it is absent or given twice. */
export function headerOf(call: ProviderCall, name: string): string | undefined {
  const value = call.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether the body is declared as JSON, whatever its parameters. */
export function declaresJson(call: ProviderCall): boolean {
  return /^application\/json\s*(;|$)/i.test(headerOf(call, 'content-type') ?? '');
}

/** The body as a JSON object; undefined when it is none. */
export function jsonObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Digits with the country code first: DOKU and Wappin take Indonesian numbers in the local form as well. */
export function msisdn(written: string): string {
  const digits = written.startsWith('+') ? written.slice(1) : written;
  return digits.startsWith('0') ? `62${digits.slice(1)}` : digits;
}
