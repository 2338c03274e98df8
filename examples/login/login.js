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
let entering = false;

/** What our own server answers; its `problem` is a sentence for the person. */
async function ask(method, path, body) {
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(30_000);
    return await (await fetch(path, { method, headers, body: body && JSON.stringify(body), signal })).json();
  } catch {
    return { problem: 'There is no connection. Please try again.' };
  }
}

function show(name, focused) {
  for (const part of document.querySelectorAll('[data-part]')) part.hidden = part.dataset.part !== name;
  // Whoever cannot see what changed is led there.
  find(focused).focus();
}

function endLogin() {
  leave();
  sessionStorage.removeItem(KEPT);
}

function askForNumber(sentence = '') {
  endLogin();
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
    if (ENDS[verification.status]) askForNumber(ENDS[verification.status]);
    else if (verification.status === 'PENDING') draw(verification);
    // Proved, or nothing is told here any more: our own server knows.
    else enter();
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

/** Where our server cannot tell just now the login is kept: the next look asks again. */
async function enter() {
  if (entering) return;
  entering = true;
  tell('One moment.');
  const { phone, problem, over } = await ask('POST', 'session', {});
  // In another tab this browser may be logged in.
  const who = over ? (await ask('GET', 'session')).phone : phone;
  entering = false;
  if (who) greet(who);
  else if (over) askForNumber(`${problem} Please begin again.`);
  else tell(problem);
}

function greet(phone) {
  endLogin();
  find('who').textContent = phone;
  tell('');
  show('welcome', 'hello');
}

function minutes(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** One at a time: the button rests until the answer is there. */
async function press(button, take) {
  if (button.disabled) return;
  button.disabled = true;
  tell('One moment.');
  await take().finally(() => (button.disabled = false));
}

function onSubmit(form, take) {
  form.onsubmit = (event) => {
    event.preventDefault();
    press(form.querySelector('button'), take);
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
  const code = find('digits').value.replace(/\D/g, '');
  // Each one that is sent uses up a try.
  const { problem } = code.length < 6 ? { problem: 'The code has six digits.' } : await ask('POST', 'code', { code });
  find('digits').setAttribute('aria-invalid', Boolean(problem));
  // Of the last try the page may have heard already that it failed.
  if (!problem || find('proof').hidden) return;
  tell(problem);
  find('digits').select();
});

find('resend').onclick = ({ target }) =>
  press(target, async () => {
    const { problem } = await ask('POST', 'code/again', {});
    tell(problem ?? 'Another code is on its way to you in WhatsApp.');
  });

find('again').onclick = () => askForNumber();

find('leave').onclick = ({ target }) =>
  press(target, async () => {
    const { problem } = await ask('DELETE', 'session');
    if (problem) tell(problem);
    else askForNumber();
  });

const { phone } = await ask('GET', 'session');
const kept = JSON.parse(sessionStorage.getItem(KEPT));
if (phone) greet(phone);
else if (kept) waitForProof(kept);
else askForNumber();
