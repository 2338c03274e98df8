import { writeMoney } from '../../common/money.js';
import { channelOf, type DokuChannel } from './doku-channels.js';
import { type DokuCheckout, type DokuTransaction } from './doku-checkouts.js';

/** Pieces of the page. Whatever came from outside goes through `text`. */
const text = (written: string): string => written.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#1f2933;font:16px/1.5 system-ui,sans-serif}
main{max-width:30rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.75rem;box-shadow:0 1px 6px #0002}
.note{margin:0 0 1rem;padding:.4rem .75rem;background:#fff7e0;border-radius:.5rem;font-size:.85rem}
h1{margin:0;font-size:2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.75rem 0 1.25rem}
dt{color:#5f6b7a}dd{margin:0;overflow-wrap:anywhere}
fieldset{margin:0 0 1rem;padding:0;border:0}legend{padding:0 0 .25rem;color:#5f6b7a;font-size:.9rem}
label{display:block;padding:.55rem .75rem;border:1px solid #d5dae1;border-radius:.5rem;margin-bottom:.35rem;cursor:pointer}
label:has(:checked){border-color:#c8102e;background:#fdf3f4}
button,.button{display:block;width:100%;margin:.5rem 0 0;padding:.7rem;border:1px solid #c8102e;border-radius:.5rem;background:#c8102e;color:#fff;
font:inherit;text-align:center;text-decoration:none;cursor:pointer}
.quiet{background:#fff;color:#1f2933;border-color:#d5dae1}
.number{padding:.75rem;background:#f3f4f6;border-radius:.5rem;font-size:1.25rem;letter-spacing:.05em;text-align:center}
`;

/** `state`: `choose`, `pay`, `waiting`, `failed`, `paid`, `refunded`, `expired`, `unknown`. */
function page(state: string, title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${text(title)}</title>${head}<style>${STYLE}</style></head>
<body><main data-state="${state}"><p class="note">A simulated page of DOKU Checkout: no money moves.</p>
${body}
</main></body></html>
`;
}

function order({ invoice, amount, currency, customer, lines, expiresAt }: DokuCheckout): string {
  const rows = [
    ['Invoice', invoice],
    ...(customer.name ? [['For', customer.name]] : []),
    ...lines.map(({ name, price, quantity }) => [`${quantity} ×`, `${name}, ${writeMoney(String(price), currency)}`]),
    [
      'Pay before',
      `${expiresAt.toLocaleString('en-GB', { timeZone: 'Asia/Jakarta', dateStyle: 'medium', timeStyle: 'short' })} in Jakarta`,
    ],
  ];
  const listed = rows.map(([name = '', value = '']) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`);
  return `<h1>${text(writeMoney(String(amount), currency))}</h1>\n<dl>${listed.join('')}</dl>`;
}

const link = (url: string | undefined, words: string): string =>
  url === undefined ? '' : `<a class="button quiet" href="${text(url)}">${words}</a>`;

const afterwards = ({ back }: DokuCheckout): string => link(back.result ?? back.url, 'Back to the shop');
const giveUp = ({ back }: DokuCheckout): string => link(back.cancel ?? back.url, 'Cancel and go back to the shop');

/** The channels of an order, by what they are. */
export function choosing(checkout: DokuCheckout): string {
  const groups = new Map<string, DokuChannel[]>();
  for (const channel of checkout.methods.map(channelOf))
    groups.set(channel.group, [...(groups.get(channel.group) ?? []), channel]);
  const choice = ({ id, name }: DokuChannel): string =>
    `<label><input type="radio" name="channel" value="${text(id)}" required> ${text(name)}</label>`;
  const fields = [...groups].map(
    ([group, channels]) => `<fieldset><legend>${text(group)}</legend>${channels.map(choice).join('')}</fieldset>`,
  );
  const form = `<form method="get">${fields.join('\n')}<button>Continue</button></form>`;
  return page('choose', `Pay ${checkout.invoice}`, `${order(checkout)}${form}${giveUp(checkout)}`);
}

/** One channel, and the three things that can come of it. `begun`: the person has let it wait. */
export function paying(checkout: DokuCheckout, channel: DokuChannel, begun?: DokuTransaction): string {
  const waiting = begun !== undefined;
  const numbered = channel.service === 'VIRTUAL_ACCOUNT' || channel.service === 'ONLINE_TO_OFFLINE';
  const number = waiting && numbered ? `<p>Pay to this number:</p><p class="number">${text(begun.number)}</p>` : '';
  const deed = (does: string, words: string, look = ''): string =>
    `<button name="does" value="${does}"${look}>${text(words)}</button>`;
  const form = `<form method="post" action="?"><input type="hidden" name="channel" value="${text(channel.id)}">
${deed('pay', `Pay ${writeMoney(String(checkout.amount), checkout.currency)}`)}
${deed('fail', 'Let the payment fail', ' class="quiet"')}
${waiting ? '' : deed('wait', 'Pay later', ' class="quiet"')}</form>`;
  const heading = `<p>${waiting ? 'Waiting for your payment by' : 'Pay by'} <strong>${text(`${channel.group}: ${channel.name}`)}</strong></p>`;
  const other = '<a class="button quiet" href="?other">Another way to pay</a>';
  const body = `${order(checkout)}${heading}${number}${form}${other}`;
  return page(waiting ? 'waiting' : 'pay', `Pay ${checkout.invoice}`, body);
}

export function failed(checkout: DokuCheckout, { channel }: DokuTransaction): string {
  const again = checkout.disableRetry ? '' : '<a class="button" href="?other">Try again</a>';
  const body = `${order(checkout)}<p><strong>The payment by ${text(channel.name)} failed.</strong> Nothing was taken.</p>${again}`;
  return page(
    'failed',
    `${checkout.invoice}: failed`,
    `${body}${checkout.disableRetry ? afterwards(checkout) : giveUp(checkout)}`,
  );
}

export function paid(checkout: DokuCheckout, { channel, status, reference }: DokuTransaction): string {
  const refunded = status === 'REFUNDED';
  const url = checkout.back.result ?? checkout.back.url;
  const head =
    checkout.autoRedirect && url !== undefined ? `<meta http-equiv="refresh" content="5;url=${text(url)}">` : '';
  const words = refunded ? 'Paid, and paid back.' : 'Paid. Thank you!';
  const body = `${order(checkout)}<p><strong>${words}</strong></p>
<dl><dt>Paid by</dt><dd>${text(channel.name)}</dd><dt>Reference</dt><dd>${text(reference)}</dd></dl>${afterwards(checkout)}`;
  return page(refunded ? 'refunded' : 'paid', `${checkout.invoice}: paid`, body, head);
}

export function ended(checkout: DokuCheckout): string {
  const body = `${order(checkout)}<p><strong>This order has expired.</strong> It can no longer be paid.</p>${afterwards(checkout)}`;
  return page('expired', `${checkout.invoice}: expired`, body);
}

export const unknown = (): string =>
  page('unknown', 'No such page', '<p><strong>There is no such payment page.</strong></p>');
