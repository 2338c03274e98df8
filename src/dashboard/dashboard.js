// The dashboard: what is there, then what happens, from the place in the log where the reading began.
import { h } from './element.js';
import { ask as askWith, fileOf, follow, Refused } from './graphql.js';
import { latest } from './latest.js';
import { BEGIN, EVENTS, FIGURES, HISTORY, LIST, SHOWN, STATES } from './queries.js';
import { paymentsAskedFor } from './payments.js';
import { sendForm } from './send-form.js';
import { numbersToProve } from './verifications.js';
import { accountCard, countButton, history, messageParts } from './view.js';

/** Of a burst of events the figures are asked for once. */
const FIGURES_MS = 1_000;
const STORED_KEY = 'kurir.key';

const find = (id) => document.getElementById(id);

let key = null;
let stop = () => undefined;
let seen = null;
let filter = null;
let figuresTimer = null;

const ask = (query, variables) => askWith(key, query, variables);
const verifications = numbersToProve(ask);
const payments = paymentsAskedFor(ask);
const messages = latest(find('messages'), SHOWN, {
  parts: (message) => messageParts(message, (mediaId) => fileOf(key, mediaId)),
  more: async (id) => {
    const { message } = await ask(HISTORY, { id });
    return message && history(message);
  },
});

function showDoor(problem = '') {
  stop();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  key = null;
  sessionStorage.removeItem(STORED_KEY);
  find('house').hidden = find('leave').hidden = true;
  find('door').hidden = false;
  find('project').textContent = find('line').textContent = '';
  find('key-problem').textContent = problem;
  find('key').value = '';
  find('key').focus();
}

/** Whatever goes wrong in the background is told in the line at the top; a key that is refused leads to the door. */
function tell(error) {
  if (error instanceof Refused) showDoor(error.message);
  else find('line').textContent = error.message;
}

async function enter(given) {
  key = given;
  // The log's end first, then the state: what happens in between comes twice and changes nothing.
  const { lastEventId, viewer } = await ask(BEGIN);
  sessionStorage.setItem(STORED_KEY, key);
  seen = lastEventId ?? '0';
  find('project').textContent = `· ${viewer.project.name}`;
  find('door').hidden = true;
  find('house').hidden = find('leave').hidden = false;
  const { scopes } = viewer.apiKey;
  const maySend = scopes.includes('SEND') || scopes.includes('ADMIN');
  await Promise.all([list(), verifications.read(), payments.read(maySend), figures(), prepareForm(maySend)]);
  stop();
  stop = follow(key, EVENTS, () => ({ after: seen }), {
    data: ({ events }) => take(events),
    state: (state) => {
      find('line').textContent = state === 'live' ? 'Live' : 'The line broke; trying again …';
      find('line').className = state;
    },
    refused: () => showDoor('This key is not taken any more.'),
    error: tell,
  });
}

async function prepareForm(maySend) {
  if (maySend) return sendForm(ask);
  find('send').hidden = true;
  find('cannot-send').hidden = false;
  find('cannot-send').textContent = 'This key may not send: it lacks the scope SEND.';
}

async function list() {
  const variables = { filter: filter ? { statuses: [filter] } : null };
  const { messages: page } = await ask(LIST, variables);
  messages.set(page.edges.map(({ node }) => node));
  find('nothing').hidden = !messages.isEmpty();
}

async function figures() {
  const { providerAccounts, viewer, ...counts } = await ask(FIGURES);
  verifications.warn(viewer.project.blockedPrefixes);
  find('accounts').replaceChildren(...providerAccounts.map(accountCard));
  if (providerAccounts.length === 0) {
    find('accounts').append(h('li', { class: 'faint' }, 'None yet: connectProvider makes one.'));
  }
  const focused = document.activeElement?.closest('#counts') ? document.activeElement.dataset.state : null;
  find('counts').replaceChildren(
    ...STATES.map((state) => {
      const button = countButton(state, counts[state].totalCount, filter === state, () => choose(state));
      button.dataset.state = state;
      return button;
    }),
  );
  if (focused) find('counts').querySelector(`[data-state=${focused}]`)?.focus();
}

function choose(state) {
  filter = filter === state ? null : state;
  find('messages-title').textContent = filter ? `Latest messages, ${filter.toLowerCase()}` : 'Latest messages';
  for (const button of find('counts').children) button.setAttribute('aria-pressed', button.dataset.state === filter);
  list().catch(tell);
}

function take({ id, message, verification, payment }) {
  seen = id;
  figuresTimer ??= setTimeout(() => {
    figuresTimer = null;
    if (key) figures().catch(tell);
  }, FIGURES_MS);
  if (verification) verifications.take(verification);
  // What a message comes to may be all that is to be told of its payment.
  const told = payment ?? message?.payment;
  if (told) payments.take(told);
  if (!message) return;
  if (!filter || message.status === filter) messages.take(message);
  else messages.drop(message.id);
  find('nothing').hidden = !messages.isEmpty();
}

find('key-form').onsubmit = (event) => {
  event.preventDefault();
  const given = find('key').value.trim();
  if (given) enter(given).catch((error) => showDoor(error.message));
};
find('leave').onclick = () => showDoor();

function begin() {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  // Out of the address bar and the history: whoever copies the address should not copy the key.
  if (given) window.history.replaceState(null, '', location.pathname + location.search);
  const known = given ?? sessionStorage.getItem(STORED_KEY);
  if (known) enter(known).catch((error) => showDoor(error.message));
  else showDoor();
}
window.onhashchange = begin;
begin();
