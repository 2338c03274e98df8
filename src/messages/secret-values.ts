/** Values of a template that are for the recipient alone: a code. They leave with the message, and are seen nowhere else. */
import { MASK, masked } from '../common/http-text.js';
import { type Exchange, type Outcome } from '../providers/ports/outcome.js';
import { render } from '../templates/template.rules.js';
import { type MessageContent, type TemplateMessage } from './message-content.js';

/** Where a template is marked as secret: as it is asked for, and as it is kept. */
type Marked = Pick<TemplateMessage, 'secret'>;

/** The text of a template as it is kept: that of a secret one without its values. */
export function textOf(body: string, params: readonly string[], { secret }: Marked): string {
  return render(body, secret ? params.map(() => MASK) : params);
}

/** A template message as it may be shown. */
export function shownTemplate(content: TemplateMessage): TemplateMessage {
  const { sms } = content;
  const shown = sms?.secret ? { ...content, sms: { ...sms, params: sms.params.map(() => MASK) } } : content;
  if (!shown.secret) return shown;
  const { params, header, buttons } = shown;
  return {
    ...shown,
    params: params.map(() => MASK),
    ...(header && 'text' in header && { header: { text: MASK } }),
    ...(buttons && { buttons: buttons.map((button) => ({ ...button, value: MASK })) }),
  };
}

/** Its values were forgotten: it cannot be sent again. */
export const isForgotten = (content: MessageContent): boolean =>
  content.kind === 'template' && content.secret === true && content.params.every((value) => value === MASK);

/** The values that nobody but the recipient may see. */
export function secretsOf(content: MessageContent): readonly string[] {
  if (content.kind !== 'template') return [];
  const { sms } = content;
  return [...(content.secret ? valuesOf(content) : []), ...(sms?.secret ? sms.params : [])];
}

function valuesOf({ params, header, buttons = [] }: TemplateMessage): string[] {
  return [...params, ...(header && 'text' in header ? [header.text] : []), ...buttons.map(({ value }) => value)];
}

/** What came of a call as it may be kept: a provider repeats what it was given, in its answer and in its reasons. */
export function withoutSecrets(outcome: Outcome, secrets: readonly string[]): Outcome {
  if (secrets.length === 0) return outcome;
  // The longest first, so that nothing is left of a value in which another one lies.
  const written = [...new Set(secrets.flatMap(writingsOf))].sort((a, b) => b.length - a.length);
  const hide = (text: string): string => hidden(text, written);
  const { exchange } = outcome;
  const kept = exchange && { exchange: hiddenIn(exchange, hide) };
  if (outcome.outcome === 'accepted') return { ...outcome, ...kept };
  const { failure } = outcome;
  const { message, providerMessage } = failure;
  return {
    ...outcome,
    failure: { ...failure, message: hide(message), providerMessage: providerMessage && hide(providerMessage) },
    ...kept,
  };
}

function hiddenIn({ request, response }: Exchange, hide: (text: string) => string): Exchange {
  const hideEach = (headers: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, hide(value)]));
  const { url, headers, body } = request;
  return {
    request: { ...request, url: hide(url), headers: hideEach(headers), body: hide(body) },
    response: response && { ...response, headers: hideEach(response.headers), body: hide(response.body) },
  };
}

/** How a value is written in a body: as it is, in JSON, and in a form or an address. */
function writingsOf(value: string): string[] {
  const inAddress = encodeURIComponent(value);
  return [value, JSON.stringify(value).slice(1, -1), inAddress, inAddress.replaceAll('%20', '+')];
}

/** What is shorter was not cut before it came here (storable, keptBody). */
const CUT_FROM = 512;

function hidden(text: string, secrets: readonly string[]): string {
  const shown = masked(text, secrets);
  if (text.length < CUT_FROM) return shown;
  // The cut may have gone through a value.
  const left = secrets.flatMap((secret) => beginningsOf(secret).filter((beginning) => shown.endsWith(beginning)));
  const longest = Math.max(0, ...left.map(({ length }) => length));
  return longest === 0 ? shown : shown.slice(0, -longest) + MASK;
}

const beginningsOf = (text: string): string[] =>
  Array.from({ length: text.length }, (_, end) => text.slice(0, end + 1));
