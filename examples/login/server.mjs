// Logs a person in by WhatsApp: ten lines, and what a web framework (http.mjs) and an API client (kurir.mjs) would do.
import { Kept, serve } from './http.mjs';
import { begin, check, find, gateway, resend } from './kurir.mjs';

/** The verification that a browser began, for the ten minutes that it has and some; and who is logged in. */
const logins = new Kept('login', 15 * 60);
const sessions = new Kept('session', 60 * 60);

await serve(Number(process.env.PORT ?? 4000), gateway, {
  'POST /login': async (browser, { phone = '' }) => {
    const login = await begin(phone, browser.address);
    if (login.id) logins.keep(browser, login.id);
    return login;
  },
  // Where there was no way to make a link, the person was sent a code.
  'POST /code': (browser, { code = '' }) => check(logins.of(browser), code),
  'POST /code/again': (browser) => resend(logins.of(browser)),
  'POST /session': async (browser) => {
    // The browser's word is not taken: which verification it began is known here, and Kurir says whether it is proved.
    const { status, phone } = await find(logins.of(browser));
    // Of two requests at once, one is given a session.
    if (status !== 'VERIFIED' || !logins.end(browser))
      return { problem: 'The number is not verified.', over: status !== 'PENDING' };
    sessions.keep(browser, phone);
    return { phone };
  },
  'GET /session': (browser) => ({ phone: sessions.of(browser) ?? null }),
  'DELETE /session': (browser) => ({ ended: sessions.end(browser) }),
});
