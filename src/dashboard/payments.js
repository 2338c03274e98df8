// Who was asked for money, and what came of it. Of a notice that was not believed a person may say that it is right.
import { summaryOf } from './content.js';
import { h } from './element.js';
import { latest } from './latest.js';
import { ACCEPT, PAYMENT_STORY, PAYMENTS, PAYMENTS_SHOWN } from './queries.js';
import { chip, factList, money, problemLine, timeline, when } from './view.js';

const find = (id) => document.getElementById(id);
const inWords = (state) => state.toLowerCase().replaceAll('_', ' ');

/** The section, which is hidden while there is nothing to tell; `ask(query, variables)` speaks with the gateway. */
export function paymentsAskedFor(ask) {
  let mayAccept = false;
  const list = latest(find('payments'), PAYMENTS_SHOWN, {
    parts,
    more: async (id) => {
      const { payment } = await ask(PAYMENT_STORY, { id });
      return payment && inside(payment, mayAccept && ((notice) => askWhy(ask, payment, notice, list.take)));
    },
  });
  const show = () => {
    find('asking').hidden = list.isEmpty();
  };

  return {
    /** `may`: whether this key may say that a notice is right. */
    async read(may) {
      mayAccept = may;
      const { payments } = await ask(PAYMENTS);
      list.set(payments.edges.map(({ node }) => node));
      show();
    },
    take(payment) {
      list.take(payment);
      show();
    },
  };
}

function parts({ referenceId, to, status, orderStatus, total, account, paidWith, createdAt, problem }) {
  const way = account.capabilities.includes('CHECKOUT') ? 'by link' : 'in the chat';
  const rest = [`${to ?? 'somebody'} ${way}`, `order ${inWords(orderStatus)}`, paidWith && `with ${paidWith}`];
  return {
    kind: null,
    line: [
      when(createdAt),
      h('span', { class: 'to' }, referenceId),
      h(
        'span',
        { class: 'what' },
        h('strong', null, money(total)),
        h('span', { class: 'faint' }, ` ${rest.filter(Boolean).join(' · ')}`),
        problem && h('span', { class: 'problem' }, ` ${problem.code}`),
      ),
      chip(status),
    ],
    below: [problem && problemLine(problem)],
  };
}

/** `accept(notice)` is called when a person wants to say that it is right; false where the key may not. */
function inside({ id, checkoutUrl, transactionId, paidAt, expiresAt, events, messages, notices }, accept) {
  const all = [
    ...notices.map((notice) => ({ occurredAt: notice.receivedAt, told: noticeTold(notice, accept) })),
    ...events.map((event) => ({ occurredAt: event.occurredAt, told: eventTold(event) })),
    ...messages.map((message) => ({ occurredAt: message.createdAt, told: messageTold(message) })),
  ].sort((one, other) => Date.parse(one.occurredAt) - Date.parse(other.occurredAt));
  return [
    factList([
      ['Id', id],
      ['Page', checkoutUrl && link(checkoutUrl)],
      ['Transaction', transactionId],
      ['Paid', paidAt && when(paidAt)],
      ['Expiry', expiresAt && when(expiresAt)],
    ]),
    timeline(all, ({ told }) => told),
  ];
}

/** What a provider gives as an address may be anything: only that of a page is followed. */
const link = (url) =>
  /^https?:[/]{2}/i.test(url) ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, url) : url;

const eventTold = ({ type, data }) =>
  type === 'ORDER_STATUS_UPDATED' ? ['order', chip(data.payment.orderStatus)] : [chip(type.replace('PAYMENT_', ''))];

const messageTold = ({ content, status, problem }) => [
  h('span', null, `message: ${summaryOf(content)}`),
  chip(status),
  problem && problemLine(problem),
];

function noticeTold(notice, accept) {
  const { problem, acceptedAt } = notice;
  return [
    h('span', null, `notice: ${said(notice)}`),
    problem && problemLine(problem),
    acceptedAt && h('span', { class: 'faint' }, 'A person said that it is right: ', when(acceptedAt)),
    problem &&
      !acceptedAt &&
      accept &&
      h('button', { type: 'button', class: 'quiet', onclick: () => accept(notice) }, 'It is right'),
  ];
}

const said = ({ status, amount, paidWith, transactionId }) =>
  [status, amount && money(amount), paidWith && `with ${paidWith}`, transactionId].filter(Boolean).join(' ');

/**
 * Asks a person why a notice is right, and tells the gateway. Its Problem is shown as it is; else `done(payment)` is called
 * with what became of the payment.
 */
function askWhy(ask, { id, referenceId }, notice, done) {
  const reason = h('textarea', { id: 'reason', rows: '3', maxlength: '1024', required: true });
  const refused = h('div', { role: 'alert' });
  const submit = h('button', { type: 'submit' }, 'It is right');
  const onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const { acceptPaymentNotice: answer } = await ask(ACCEPT, { id: notice.id, reason: reason.value });
      if (answer.__typename === 'Problem') return refused.replaceChildren(problemLine(answer));
      dialog.close();
      done(answer);
    } catch (error) {
      refused.replaceChildren(h('p', { class: 'problem' }, error.message));
    } finally {
      submit.disabled = false;
    }
  };
  const form = h(
    'form',
    { onsubmit },
    h('p', null, `${said(notice)}, of ${referenceId}.`),
    problemLine(notice.problem),
    h('label', { for: 'reason' }, 'Why it is right'),
    reason,
    refused,
    h(
      'div',
      { class: 'between' },
      submit,
      h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Leave it'),
    ),
  );
  const onclose = () => {
    dialog.remove();
    // The button that led here is gone where the payment has changed meanwhile.
    if (document.activeElement === document.body) find(id)?.querySelector('summary').focus();
  };
  // Not in the list, where what happens meanwhile would take away what a person is writing.
  const dialog = h('dialog', { class: 'panel', 'aria-label': 'It is right', onclose }, form);
  document.body.append(dialog);
  dialog.showModal();
}
