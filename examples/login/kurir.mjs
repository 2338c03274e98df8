// Kurir's API, as far as a login needs it. The key stays in this process: what a page is given opens its own
// verification, and nothing else.
const { KURIR_URL = 'http://127.0.0.1:3000', KURIR_KEY } = process.env;
if (!KURIR_KEY) throw new Error('KURIR_KEY must be an API key with the scope SEND.');

const BEGIN = `mutation ($input: StartVerificationInput!) { startVerification(input: $input) {
  ... on Verification { id method waLink qrCode watchToken createdAt expiresAt } ... on Problem { message } } }`;
const CHECK = `mutation ($id: ID!, $code: String!) { checkVerification(id: $id, code: $code) { ... on Problem { message } } }`;
const FIND = 'query ($id: ID!) { verification(id: $id) { status phone } }';

export const gateway = KURIR_URL;

/** A verification with all that the page needs to show and to follow it; or the `problem`, a sentence. */
export async function begin(phone, address) {
  const input = { phone: String(phone), language: 'en', endUserIp: address };
  const { startVerification: begun } = await ask(BEGIN, { input });
  return begun.id ? { ...begun, gateway } : { problem: begun.message };
}

/** The `problem` with a code, where there is one. */
export async function check(id, code) {
  if (!id) return { problem: 'This browser has begun no login.' };
  const { checkVerification: checked } = await ask(CHECK, { id, code: String(code) });
  return { problem: checked.message };
}

/** Where it stands, and whose number it is. */
export async function find(id) {
  return (id && (await ask(FIND, { id })).verification) ?? {};
}

async function ask(query, variables) {
  const answer = await fetch(`${KURIR_URL}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KURIR_KEY}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(20_000),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(`Kurir answered: ${errors[0].message}`);
  return data;
}
