// What is shown of accounts, counts and messages.
import { contentBlocks, summaryOf } from './content.js';
import { h } from './element.js';

/** The gateway counts so far and no further. */
const COUNTED_TO = 10_000;
const number = new Intl.NumberFormat('en');
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** As people of the currency's country write it, and as the gateway does: ₹12.34, Rp3.000.000.000. */
export function money({ value, currency, decimals }) {
  const digits = String(value).padStart(decimals + 1, '0');
  const at = digits.length - decimals;
  const amount = decimals === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
  // A rail may name anything, and Intl throws where that is no code.
  if (!/^[A-Z]{3}$/.test(currency)) return `${amount} ${currency}`;
  const locale = currency === 'IDR' ? 'id-ID' : 'en-IN';
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: decimals });
  // In digits it is exact; a float would not be.
  return format.format(amount).replace(/\p{Zs}/gu, '');
}

const two = (part) => String(part).padStart(2, '0');

/** 16:08:37 today, 31 May 16:08 before. */
function shortTime(text) {
  const time = new Date(text);
  if (time.toDateString() !== new Date().toDateString()) {
    return time.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  }
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

export const when = (text) => h('time', { datetime: text, title: dayAndTime.format(new Date(text)) }, shortTime(text));
export const chip = (state) => h('span', { class: `chip ${state.toLowerCase()}` }, state);

export function accountCard({ name, kind, health, enabled, sender, baseUrl, capabilities }) {
  const state = enabled ? health : 'HELD';
  return h(
    'li',
    { class: 'panel' },
    h('div', { class: 'between' }, h('strong', null, name), chip(state)),
    h('div', { class: 'faint' }, [kind, sender, baseUrl].filter(Boolean).join(' · ')),
    h('div', { class: 'faint' }, capabilities.map((one) => one.toLowerCase().replaceAll('_', ' ')).join(', ')),
    state === 'FAILING' &&
      h('p', { class: 'problem' }, 'Its credentials were refused: it stopped, and its queue waits.'),
    state === 'DEGRADED' &&
      h(
        'p',
        { class: 'problem' },
        'Half or more of its calls failed: it pauses, and single calls try whether it works again.',
      ),
  );
}

/** Pressed again it shows all. */
export function countButton(state, count, chosen, choose) {
  return h(
    'button',
    { type: 'button', class: `count ${state.toLowerCase()}`, 'aria-pressed': String(chosen), onclick: choose },
    h('span', { class: 'figure' }, count >= COUNTED_TO ? `${number.format(COUNTED_TO)}+` : number.format(count)),
    h('span', null, state.toLowerCase()),
  );
}

/** Who is at the other end. */
const personOf = ({ direction, to, from, fromName, recipientId }) =>
  (direction === 'INBOUND' ? from : to) ?? fromName ?? recipientId ?? 'somebody';

const WAYS = { INBOUND: ['←', 'from'], OUTBOUND: ['→', 'to'] };

/** What is listed of one message; `file(mediaId)` is called when a person wants a file of it. */
export function messageParts(message, file) {
  const { direction, status, fromName, content, account, createdAt, problem } = message;
  const [arrow, way] = WAYS[direction];
  return {
    kind: direction.toLowerCase(),
    line: [
      when(createdAt),
      h(
        'span',
        { class: 'to', title: fromName },
        h('span', { class: 'way', role: 'img', 'aria-label': way }, arrow),
        ` ${personOf(message)}`,
      ),
      h('span', { class: 'what' }, summaryOf(content), h('span', { class: 'faint' }, ` ${account?.kind ?? ''}`)),
      chip(status),
    ],
    below: [...contentBlocks(content, file), problem && problemLine(problem)],
  };
}

export const problemLine = ({ code, message, field, provider }) =>
  h(
    'p',
    { class: 'problem' },
    h('strong', null, code),
    field ? ` at ${field}` : '',
    `: ${message}`,
    provider &&
      h(
        'span',
        { class: 'faint' },
        ` The provider said ${[provider.code, provider.message].filter(Boolean).join(' ')}.`,
      ),
  );

/** Names, each with what there is of its values; one without any is left out. */
export const factList = (facts) =>
  h(
    'dl',
    null,
    ...facts.flatMap(([name, ...values]) => {
      const told = values.filter(Boolean).map((value) => h('dd', null, value));
      return told.length > 0 ? [h('dt', null, name), ...told] : [];
    }),
  );

/** When each event was, and what `told(event)` tells of it. */
export const timeline = (events, told) =>
  h(
    'ol',
    { class: 'timeline', 'aria-label': 'Timeline' },
    ...events.map((event) => h('li', null, when(event.occurredAt), ' ', h('div', null, ...told(event)))),
  );

/** The timeline and the calls, as the gateway keeps them. */
export function history({ id, reference, providerMessageId, inReplyTo, fallbackOf, fallbacks, events, attempts }) {
  return [
    factList([
      ['Id', id],
      ['Reference', reference],
      ['At the provider', providerMessageId],
      ['Answers', inReplyTo?.id],
      ['In place of', fallbackOf?.id],
      ...fallbacks.map((one) => ['In its place', `${one.id} ${one.status}`]),
    ]),
    timeline(events, ({ type }) => [chip(type.replace('MESSAGE_', ''))]),
    ...attempts.map(attemptBlock),
  ];
}

function attemptBlock({ number: which, account, outcome, httpStatus, durationMs, failure, request, response }) {
  const what = [outcome ?? 'under way', httpStatus && `HTTP ${httpStatus}`, durationMs !== null && `${durationMs} ms`];
  const body = (side) => (typeof side?.body === 'string' ? side.body : '');
  return h(
    'details',
    { class: 'attempt' },
    h('summary', null, `Call ${which} through ${account?.name ?? '?'}: ${what.filter(Boolean).join(', ')}`),
    failure && h('p', { class: 'problem' }, [failure.code, failure.message].filter(Boolean).join(' ')),
    request && h('pre', { tabindex: '0' }, `${request.method} ${request.url}\n\n${body(request)}`),
    response && h('pre', { tabindex: '0' }, `HTTP ${response.status}\n\n${body(response)}`),
  );
}
