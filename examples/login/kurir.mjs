// Kurir's API, as far as a login needs it. The key stays in this process: what a page is given opens its own
// verification, and nothing else.
const { KURIR_URL = 'http://127.0.0.1:3000', KURIR_PUBLIC_URL = KURIR_URL, KURIR_KEY } = process.env;
if (!KURIR_KEY) throw new Error('KURIR_KEY must be an API key with the scope SEND.');

const PROBLEM = '... on Problem { code message retryAt }';
const BEGIN = `mutation ($input: StartVerificationInput!) { answer: startVerification(input: $input) {
  ... on Verification { id method waLink qrCode watchToken createdAt expiresAt } ${PROBLEM} } }`;
const CHECK = `mutation ($id: ID!, $code: String!) { answer: checkVerification(id: $id, code: $code) { ${PROBLEM} } }`;
const RESEND = `mutation ($id: ID!) { answer: resendVerification(id: $id) { ${PROBLEM} } }`;
const FIND = 'query ($id: ID!) { answer: verification(id: $id) { status phone } }';

const NO_NUMBER =
  'We cannot use that number. Please give a mobile phone’s, such as 0812-3456-7890 or +62 812 3456 7890.';
const OVER = 'This login is over. Please begin again.';
/** Kurir's own sentences are for whoever calls it. What has none here is no affair of the person's (http.mjs). */
const SENTENCES = {
  INVALID_PHONE_NUMBER: NO_NUMBER,
  INVALID_INPUT: NO_NUMBER,
  CODE_INCORRECT: 'That is not the code. Please look at it again.',
  EXPIRED: OVER,
  INVALID_TRANSITION: OVER,
};

const bare = (url) => url.replace(/\/+$/, '');
const graphql = `${bare(KURIR_URL)}/graphql`;
/** Where browsers find it. */
export const gateway = bare(KURIR_PUBLIC_URL);

/** A verification with all that the page needs to show and to follow it; or the `problem`, a sentence for the person. */
export async function begin(phone, address) {
  const begun = await ask(BEGIN, { input: { phone: String(phone), language: 'en', endUserIp: address } });
  return begun.id ? { ...begun, gateway } : problemOf(begun);
}

/** The `problem` with a code, where there is one. */
export const check = (id, code) => change(CHECK, { id, code: String(code) });

/** Sends another code; or the `problem`. */
export const resend = (id) => change(RESEND, { id });

/** Where it stands, and whose number it is. */
export async function find(id) {
  return (id && (await ask(FIND, { id }))) ?? {};
}

async function change(mutation, variables) {
  if (!variables.id) return { problem: OVER };
  const changed = await ask(mutation, variables);
  return changed.code ? problemOf(changed) : {};
}

function problemOf({ code, message, retryAt }) {
  const said = `Kurir answered ${code}: ${message}`;
  const sentence = code === 'TOO_MANY_REQUESTS' ? tooOften(retryAt) : SENTENCES[code];
  if (!sentence) throw new Error(said);
  console.warn(said);
  return { problem: sentence };
}

/** The time from now on: which zone the person is in is not known here. */
function tooOften(retryAt) {
  const minutes = Math.max(1, Math.ceil((Date.parse(retryAt) - Date.now()) / 60_000));
  const [number, unit] = minutes > 90 ? [Math.ceil(minutes / 60), 'hour'] : [minutes, 'minute'];
  const when = retryAt ? new Intl.RelativeTimeFormat('en').format(number, unit) : 'later';
  return `That was a little too often. Please try again ${when}.`;
}

async function ask(query, variables) {
  const answer = await fetch(graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KURIR_KEY}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(20_000),
  })
    .then((response) => response.json())
    .catch((error) => {
      const { message, code } = error.cause ?? error;
      throw new Error(`No answer of Kurir’s from ${graphql}: ${message || code}`);
    });
  if (answer.errors) throw new Error(`Kurir answered: ${answer.errors[0].message}`);
  return answer.data.answer;
}
