// The form that sends a template message.
import { SEND, TEMPLATES } from './queries.js';
import { h, problemLine } from './view.js';

const find = (id) => document.getElementById(id);

/** `ask(query, variables)` speaks with the gateway. */
export async function sendForm(ask) {
  const form = find('send');
  const templates = (await ask(TEMPLATES)).templates.edges
    .map(({ node }) => node)
    .filter(({ registrations }) =>
      registrations.some(({ status, account }) => status === 'APPROVED' && account?.enabled && !account.deletedAt),
    );
  find('cannot-send').hidden = templates.length > 0;
  find('cannot-send').textContent =
    'No template is registered at an account yet: createTemplate, then registerTemplate.';
  form.hidden = templates.length === 0;
  if (templates.length === 0) return;

  /** The same form sent twice, as over a broken line, is one message; a changed one is another. */
  let idempotencyKey;
  const chosen = () => templates[find('template').selectedIndex];
  const params = () => [...form.querySelectorAll('#params input')];
  const fresh = () => {
    idempotencyKey = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join('');
  };
  const preview = () => {
    const values = params().map((input) => input.value);
    find('preview').textContent = chosen().body.replace(
      /\{\{\s*(\d+)\s*\}\}/g,
      (place, which) => values[which - 1] || place,
    );
  };
  const choose = () => {
    const { paramCount, samples } = chosen();
    find('params').replaceChildren(
      ...Array.from({ length: paramCount }, (_, index) => [
        h('label', { for: `param-${index}` }, `Value {{${index + 1}}}`),
        h('input', { id: `param-${index}`, placeholder: samples[index] ?? '', maxlength: '1024', autocomplete: 'off' }),
      ]).flat(),
    );
    preview();
  };
  const inputOf = (field) => {
    if (field === 'to') return find('to');
    if (!field?.startsWith('content.template')) return null;
    const which = /params\.(\d+)$/.exec(field)?.[1];
    return which ? find(`param-${which}`) : (params().find(({ value }) => !value) ?? find('template'));
  };
  const answer = (...what) => {
    for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
    find('send-answer').replaceChildren(...what);
  };

  find('template').replaceChildren(
    ...templates.map(({ name, language, channel }) =>
      h('option', null, `${name} (${language}${channel === 'SMS' ? ', SMS' : ''})`),
    ),
  );
  find('template').onchange = choose;
  form.oninput = () => {
    fresh();
    preview();
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const { name, language, channel } = chosen();
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const template = { name, language, channel, params: params().map((input) => input.value) };
      const { sendMessage } = await ask(SEND, {
        input: { to: find('to').value, content: { template }, idempotencyKey },
      });
      if (sendMessage.__typename === 'Problem') {
        answer(problemLine(sendMessage));
        const input = inputOf(sendMessage.field);
        input?.setAttribute('aria-invalid', 'true');
        input?.focus();
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
