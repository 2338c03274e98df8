// Logs a person in by WhatsApp, through Kurir. The API key stays in this process: what the page is given opens its own
// verification, and nothing else.
import { Kept, serve } from './http.mjs';

const { KURIR_URL = 'http://127.0.0.1:3000', KURIR_KEY, PORT = '4000' } = process.env;
if (!KURIR_KEY) throw new Error('KURIR_KEY must be an API key with the scope SEND.');

const START = `mutation ($input: StartVerificationInput!) { startVerification(input: $input) {
  ... on Verification { id method waLink qrCode watchToken createdAt expiresAt } ... on Problem { message } } }`;
const CHECK = `mutation ($id: ID!, $code: String!) { checkVerification(id: $id, code: $code) { ... on Problem { message } } }`;
const ASK = 'query ($id: ID!) { verification(id: $id) { status phone } }';

/** The verification that a browser began: for the ten minutes that it has, and some for a slow provider. */
const logins = new Kept('login', 15 * 60);
/** The number that is logged in. */
const sessions = new Kept('session', 60 * 60);
const NO_LOGIN = { problem: 'This browser has begun no login.' };

await serve(Number(PORT), KURIR_URL, {
  'POST /login': async (browser, { phone = '' }) => {
    const input = { phone: String(phone), language: 'en', endUserIp: browser.address };
    const { startVerification: begun } = await kurir(START, { input });
    if (!begun.id) return { problem: begun.message };
    logins.keep(browser, begun.id);
    return { ...begun, gateway: KURIR_URL };
  },

  // Where there was no way to make a link, the person was sent a code.
  'POST /code': async (browser, { code = '' }) => {
    const id = logins.of(browser);
    if (!id) return NO_LOGIN;
    const { checkVerification: checked } = await kurir(CHECK, { id, code: String(code) });
    return { problem: checked.message };
  },

  // The browser's word is not taken: which verification it began is known here, and Kurir says whether it is proved.
  'POST /session': async (browser) => {
    const id = logins.of(browser);
    const { verification } = id ? await kurir(ASK, { id }) : {};
    if (verification?.status !== 'VERIFIED') return { problem: 'The number is not verified.' };
    // Of two requests at once, one is given a session.
    if (!logins.end(browser)) return NO_LOGIN;
    sessions.keep(browser, verification.phone);
    return { phone: verification.phone };
  },

  'GET /session': (browser) => ({ phone: sessions.of(browser) ?? null }),
});

async function kurir(query, variables) {
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
