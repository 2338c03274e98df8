import { type ExotelContent } from '../../providers/exotel/exotel.wire.js';
import { type Refusal } from '../behaviour.js';
import { anyText, faultOf, httpUrl, optional, text } from '../control-input.js';
import { type SimulatedExotelAccount } from './exotel-account.js';
import { contentFault } from './exotel-content.js';

/** "1 to 100 messages; more are HTTP 400" (Exotel, payments page). */
const MOST_MESSAGES = 100;
const PHONE = /^\+?[1-9]\d{7,14}$/;

type Fields = Readonly<Record<string, unknown>>;

/** A message with what its request says of all of them. */
export interface RawElement {
  readonly message: unknown;
  readonly customData: readonly unknown[];
  readonly callbackUrl: unknown;
}

/** A message that nothing is wrong with. */
export interface ExotelSend {
  readonly sender: string;
  /** Digits. */
  readonly recipient: string;
  readonly type: string;
  readonly template: string | null;
  /** The values of a template's body. */
  readonly params: readonly string[];
  readonly content: Fields;
  readonly customData: string | undefined;
  readonly callbackUrl: string | undefined;
}

export const isRefusal = (value: ExotelSend | Refusal): value is Refusal => 'http' in value;

/** The messages of a request; a sentence says why there are none. `lenient`: in the flat forms of the newer site too. */
export function readRequest(input: Fields, lenient: boolean): RawElement[] | string {
  const { whatsapp, custom_data, status_callback } = input;
  const channel = isFields(whatsapp) ? whatsapp : lenient ? flat(input) : undefined;
  if (channel === undefined) return 'Mandatory parameter missing: whatsapp';
  for (const level of [input, channel]) {
    const fault = optional(httpUrl)(level['status_callback']);
    if (fault !== undefined) return `Invalid parameter: status_callback ${fault}`;
    if (optional(anyText)(level['custom_data']) !== undefined) return 'Invalid parameter: custom_data must be a string';
  }
  const { messages } = channel;
  if (!Array.isArray(messages) || messages.length === 0) return 'Mandatory parameter missing: messages';
  if (messages.length > MOST_MESSAGES)
    return `Invalid parameter: ${messages.length} messages, at most ${MOST_MESSAGES}`;
  return messages.map((message) => ({
    message: message as unknown,
    customData: [channel['custom_data'], custom_data],
    callbackUrl: status_callback ?? channel['status_callback'],
  }));
}

/** One message of a request; a refusal is its alone. */
export function readElement(
  { message, customData, callbackUrl }: RawElement,
  account: SimulatedExotelAccount,
): ExotelSend | Refusal {
  const fault = faultOf(message, {
    from: phone,
    to: phone,
    custom_data: optional(anyText),
    status_callback: optional(httpUrl),
    content: contentFault,
  });
  if (fault !== undefined) return { http: 202, code: '400', message: `Invalid parameter: the message ${fault}` };
  const { from, to, custom_data, status_callback, content } = message as {
    from: string;
    to: string;
    custom_data?: string;
    status_callback?: string;
    content: ExotelContent;
  };
  if (account.senders !== undefined && !account.senders.some((sender) => digits(sender) === digits(from)))
    return { http: 202, code: '403', message: 'No access to the resource: from is no number of the account' };
  const data = [...(account.customDataOfRequestOnly ? [] : [custom_data]), ...customData];
  const url = callbackUrl ?? status_callback;
  return {
    sender: from,
    recipient: digits(to),
    type: content.type,
    template: content.type === 'template' ? content.template.name : null,
    params: bodyValues(content),
    content: content as unknown as Fields,
    customData: data.find((one): one is string => typeof one === 'string'),
    callbackUrl: typeof url === 'string' ? url : undefined,
  };
}

const phone = (value: unknown): string | undefined =>
  text(value) ?? (PHONE.test(value as string) ? undefined : 'must be a number with its country code');

const digits = (written: string): string => written.replace('+', '');

function bodyValues(content: ExotelContent): string[] {
  if (content.type !== 'template') return [];
  const body = content.template.components?.find(({ type }) => type === 'body');
  return (body?.parameters ?? []).map((parameter) => (parameter.type === 'text' ? parameter.text : parameter.type));
}

/** `{"from","to","content"}`, or `messages` at the top. */
function flat(input: Fields): Fields {
  const { messages, from, to, content, custom_data } = input;
  return { messages: messages ?? [{ from, to, content, ...(custom_data !== undefined && { custom_data }) }] };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
