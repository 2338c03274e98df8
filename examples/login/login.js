// The page: a number, its proof, a greeting. What it shows is its own affair; who is logged in, the server decides.
import { follow } from './follow.js';

/** A phone that was busy with WhatsApp may load the page anew: it goes on with this. */
const KEPT = 'login';
const ENDS = {
  EXPIRED: 'The time is up, and no message has come. Please begin again.',
  FAILED: 'The number could not be verified. Please begin again.',
  CANCELED: 'This login was cancelled. Please begin again.',
};

const find = (id) => document.getElementById(id);
const tell = (sentence) => (find('said').textContent = sentence);
let leave = () => undefined;
let drawn = null;

/** What our own server answers; its `problem` is a sentence for the person. */
async function ask(method, path, body) {
  try {
    const headers = { 'content-type': 'application/json' };
    return await (await fetch(path, { method, headers, body: body && JSON.stringify(body) })).json();
  } catch {
    return { problem: 'There is no connection. Please try again.' };
  }
}

function show(name, focused) {
  for (const part of document.querySelectorAll('[data-part]')) part.hidden = part.dataset.part !== name;
  // Whoever cannot see what changed is led there.
  find(focused).focus();
}

function askForNumber(sentence = '') {
  leave();
  sessionStorage.removeItem(KEPT);
  show('number', 'phone');
  tell(sentence);
}

function waitForProof(login) {
  sessionStorage.setItem(KEPT, JSON.stringify(login));
  drawn = null;
  find('digits').value = '';
  find('digits').removeAttribute('aria-invalid');
  show('proof', 'proof');
  const stop = follow(login, (verification) => {
    if (verification.status === 'VERIFIED') enter();
    else if (ENDS[verification.status]) askForNumber(ENDS[verification.status]);
    else draw(verification);
  });
  const tick = () => (find('left').textContent = minutes(login.endsAt - Date.now()));
  const ticking = setInterval(tick, 1_000);
  leave = () => {
    stop();
    clearInterval(ticking);
  };
  tick();
  draw(login);
}

/** The link may come later than the first answer, and another method may take over. */
function draw({ method, waLink, qrCode }) {
  if (drawn === `${method} ${waLink}`) return;
  drawn = `${method} ${waLink}`;
  const byCode = method === 'CODE';
  find('link').hidden = byCode || !waLink;
  find('code').hidden = !byCode;
  tell(byCode ? 'A code is on its way to you in WhatsApp.' : waLink ? 'Waiting for your message.' : 'One moment.');
  if (!waLink) return;
  find('open').href = waLink;
  if (qrCode) find('qr').src = qrCode;
}

async function enter() {
  leave();
  tell('One moment.');
  const { phone, problem } = await ask('POST', 'session', {});
  if (problem) return askForNumber(problem);
  sessionStorage.removeItem(KEPT);
  greet(phone);
}

function greet(phone) {
  find('who').textContent = phone;
  tell('');
  show('welcome', 'hello');
}

function minutes(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** One at a time: the button rests until the answer is there. */
function onSubmit(form, take) {
  form.onsubmit = async (event) => {
    event.preventDefault();
    const [button] = form.getElementsByTagName('button');
    if (button.disabled) return;
    button.disabled = true;
    tell('One moment.');
    await take().finally(() => (button.disabled = false));
  };
}

onSubmit(find('number'), async () => {
  const login = await ask('POST', 'login', { phone: find('phone').value });
  find('phone').setAttribute('aria-invalid', Boolean(login.problem));
  if (login.problem) return askForNumber(login.problem);
  // By this machine's clock, which need not be the gateway's.
  const lastsMs = Date.parse(login.expiresAt) - Date.parse(login.createdAt);
  waitForProof({ ...login, endsAt: Date.now() + lastsMs });
});

onSubmit(find('code'), async () => {
  const { problem } = await ask('POST', 'code', { code: find('digits').value });
  find('digits').setAttribute('aria-invalid', Boolean(problem));
  if (!problem) return;
  tell(problem);
  find('digits').select();
});

for (const button of document.querySelectorAll('.again')) button.onclick = () => askForNumber();

const { phone } = await ask('GET', 'session');
const kept = JSON.parse(sessionStorage.getItem(KEPT));
if (phone) greet(phone);
else if (kept) waitForProof(kept);
else askForNumber();
