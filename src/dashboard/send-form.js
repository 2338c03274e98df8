// The form that sends a template, or a text to somebody who wrote.
import { h } from './element.js';
import { SEND, SENDABLE } from './queries.js';
import { problemLine } from './view.js';

const find = (id) => document.getElementById(id);
const isUsed = (account) => account?.enabled && !account.deletedAt;

/** `ask(query, variables)` speaks with the gateway. */
export async function sendForm(ask) {
  const form = find('send');
  const { templates: page, providerAccounts } = await ask(SENDABLE);
  const templates = page.edges
    .map(({ node }) => node)
    // An SMS only rides beside a template.
    .filter(({ channel, registrations }) => {
      return (
        channel === 'WHATSAPP' && registrations.some(({ status, account }) => status === 'APPROVED' && isUsed(account))
      );
    });
  const accounts = providerAccounts.filter(({ enabled, capabilities }) => enabled && capabilities.includes('TEXT'));
  const kinds = [templates.length > 0 && 'Template', accounts.length > 0 && 'Text'].filter(Boolean);
  form.hidden = kinds.length === 0;
  find('cannot-send').hidden = kinds.length > 0;
  find('cannot-send').textContent =
    'Nothing can be sent yet: no account sends texts, and no template is registered (createTemplate, then registerTemplate).';
  if (kinds.length === 0) return;

  /** The same form sent twice, as over a broken line, is one message; a changed one is another. */
  let idempotencyKey;
  /** What the chosen template takes, each with its input. */
  let slots = [];
  const kind = () => find('kind').value;
  const chosen = () => templates[find('template').selectedIndex];
  const fresh = () => {
    idempotencyKey = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join('');
  };
  const preview = () => {
    const values = slots.filter(({ list }) => list === 'params').map(({ input }) => input.value);
    find('preview').textContent =
      kind() === 'Text'
        ? find('words').value
        : chosen().body.replace(/\{\{\s*(\d+)\s*\}\}/g, (place, which) => values[which - 1] || place);
  };
  const choose = () => {
    slots = kind() === 'Template' ? slotsOf(chosen()) : [];
    find('params').replaceChildren(...slots.flatMap(({ label, input }) => [label, input]));
    for (const one of ['Template', 'Text']) find(`of-${one.toLowerCase()}`).hidden = one !== kind();
    preview();
  };
  const content = () =>
    kind() === 'Text' ? { text: { text: find('words').value } } : { template: templateOf(chosen(), slots) };
  const inputOf = (field) => {
    if (field === 'to') return find('to');
    if (!field?.startsWith('content.')) return null;
    if (kind() === 'Text') return find('words');
    const named = slots.find(({ at }) => field.startsWith(`content.template.${at}`));
    return named?.input ?? slots.find(({ input }) => !input.value)?.input ?? find('template');
  };
  const answer = (...what) => {
    for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
    find('send-answer').replaceChildren(...what);
  };

  find('kind').replaceChildren(...kinds.map((one) => h('option', null, one)));
  find('template').replaceChildren(
    ...templates.map(({ name, language }) => h('option', null, `${name} (${language})`)),
  );
  find('account').replaceChildren(
    h('option', { value: '' }, 'The first that can'),
    ...accounts.map(({ id, name }) => h('option', { value: id }, name)),
  );
  find('kind').onchange = find('template').onchange = choose;
  form.oninput = () => {
    fresh();
    preview();
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('button[type=submit]');
    button.disabled = true;
    try {
      const accountId = kind() === 'Text' ? find('account').value || null : null;
      const input = { to: find('to').value, accountId, content: content(), idempotencyKey };
      const { sendMessage } = await ask(SEND, { input });
      if (sendMessage.__typename === 'Problem') {
        answer(problemLine(sendMessage));
        const wrong = inputOf(sendMessage.field);
        wrong?.setAttribute('aria-invalid', 'true');
        wrong?.focus();
      } else {
        answer(`Accepted for ${sendMessage.to}.`);
        fresh();
      }
    } catch (error) {
      answer(h('span', { class: 'problem' }, error.message));
    } finally {
      button.disabled = false;
    }
  };
  fresh();
  choose();
}

/** The inputs for what a template takes: `list` is where in the input the value goes, `at` its path there. */
function slotsOf({ paramCount, samples, header, buttons }) {
  const slots = [];
  const slot = (list, at, text, more = {}, placeholder = '') => {
    const id = `slot-${slots.length}`;
    const input = h('input', { id, placeholder, maxlength: '2048', autocomplete: 'off' });
    slots.push({ list, at, label: h('label', { for: id }, text), input, ...more });
  };
  if (header?.paramCount > 0) slot('headerParams', 'headerParams.0', 'Value in the header');
  else if (['IMAGE', 'VIDEO', 'DOCUMENT'].includes(header?.format)) {
    const type = header.format;
    slot('headerMedia', 'headerMedia', `Address of the header’s ${type.toLowerCase()}`, { type }, 'https://…');
  }
  for (let index = 0; index < paramCount; index++)
    slot('params', `params.${index}`, `Value {{${index + 1}}}`, {}, samples[index]);
  let buttonParams = 0;
  for (const [index, { type, text, takesParam }] of buttons.entries()) {
    // The gateway puts the code there itself.
    if (!takesParam || type === 'OTP') continue;
    slot('buttonParams', `buttonParams.${buttonParams++}`, `Value of the button “${text}”`, { index });
  }
  return slots;
}

function templateOf({ name, language, channel }, slots) {
  const template = { name, language, channel, params: [], headerParams: [], buttonParams: [] };
  for (const { list, input, index, type } of slots) {
    if (list === 'headerMedia') template.headerMedia = { type, url: input.value };
    else template[list].push(list === 'buttonParams' ? { index, value: input.value } : input.value);
  }
  return template;
}
