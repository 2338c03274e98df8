// The dashboard: what is there, then what happens, from the place in the log where the reading began.
import { h } from './element.js';
import { ask as askWith, fileOf, follow, Refused } from './graphql.js';
import { BEGIN, EVENTS, FIGURES, HISTORY, LIST, SHOWN, STATES } from './queries.js';
import { sendForm } from './send-form.js';
import { accountCard, countButton, history, messageItem } from './view.js';

/** Of a burst of events the figures are asked for once. */
const FIGURES_MS = 1_000;
const STORED_KEY = 'kurir.key';

const find = (id) => document.getElementById(id);

let key = null;
let stop = () => undefined;
let seen = null;
let filter = null;
/** Newest first, by id. */
let messages = new Map();
const open = new Set();
let figuresTimer = null;

const ask = (query, variables) => askWith(key, query, variables);

function showDoor(problem = '') {
  stop();
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
  await Promise.all([list(), figures(), prepareForm(viewer.apiKey.scopes)]);
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

async function prepareForm(scopes) {
  if (scopes.includes('SEND') || scopes.includes('ADMIN')) return sendForm(ask);
  find('send').hidden = true;
  find('cannot-send').hidden = false;
  find('cannot-send').textContent = 'This key may not send: it lacks the scope SEND.';
}

async function list() {
  const variables = { filter: filter ? { statuses: [filter] } : null };
  const { messages: page } = await ask(LIST, variables);
  messages = new Map(page.edges.map(({ node }) => [node.id, node]));
  find('messages').replaceChildren(...[...messages.values()].map(item));
  find('nothing').hidden = messages.size > 0;
}

async function figures() {
  const { providerAccounts, ...counts } = await ask(FIGURES);
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

function take({ id, message }) {
  seen = id;
  figuresTimer ??= setTimeout(() => {
    figuresTimer = null;
    if (key) figures().catch(tell);
  }, FIGURES_MS);
  if (!message) return;
  const fits = !filter || message.status === filter;
  const known = find(`m-${message.id}`);
  if (known && fits) {
    messages.set(message.id, message);
    const focused = known.contains(document.activeElement);
    const fresh = item(message);
    // What is open stays there until the new is read.
    fresh.querySelector('.inside').replaceChildren(...known.querySelector('.inside').childNodes);
    known.replaceWith(fresh);
    if (focused) fresh.querySelector('summary').focus();
  } else if (known) {
    messages.delete(message.id);
    known.remove();
  } else if (fits && isNewer(message)) {
    messages.set(message.id, message);
    find('messages').prepend(item(message));
    const last = find('messages').children;
    if (last.length > SHOWN) last[last.length - 1].remove();
  }
  find('nothing').hidden = find('messages').children.length > 0;
}

/** An old message that something happens to, as a late callback does, is not among the latest ones. */
function isNewer({ createdAt }) {
  const oldest = find('messages').lastElementChild;
  if (!oldest || find('messages').children.length < SHOWN) return true;
  return createdAt >= messages.get(oldest.id.slice('m-'.length)).createdAt;
}

function item(message) {
  return messageItem(message, open.has(message.id), {
    open: (id, place) => {
      open.add(id);
      ask(HISTORY, { id }).then(
        (data) => data.message && place.replaceChildren(...history(data.message)),
        (error) => place.replaceChildren(error.message),
      );
    },
    close: (id) => open.delete(id),
    file: (mediaId) => fileOf(key, mediaId),
  });
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
