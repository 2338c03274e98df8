import { type Server } from 'node:http';
import { type Page, type Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Sockets } from '../../src/graphql/sockets.js';
import { until } from '../support/until.js';
import { addTemplate, person, SENDTALK_CREDENTIALS } from '../support/world.js';
import { type Answered, type LoginStage, startLoginStage, textOf } from './login-stage.js';
import { type Traffic, watchTraffic } from './traffic.js';

let stage: LoginStage;
beforeAll(async () => {
  stage = await startLoginStage();
});
afterAll(() => stage?.close());

const opened: Page[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((page) => page.context().close()));
});

async function open(prepare?: (page: Page) => Promise<void> | void): Promise<Page> {
  const page = await stage.open(prepare);
  opened.push(page);
  return page;
}

const heading = (page: Page, name: RegExp | string) => page.getByRole('heading', { name });
const said = (page: Page): Promise<string | null> => page.getByRole('status').textContent();
const isSaid = (page: Page, sentence: string): Promise<unknown> =>
  until(async () => (await said(page)) === sentence, sentence);
/** Whoever comes back from WhatsApp makes the page look, and again, until it greets. */
const comeBack = (page: Page, phone: string): Promise<unknown> =>
  until(async () => {
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    return heading(page, `Welcome, ${phone}`).isVisible();
  }, 'a greeting');

/** With the keyboard alone. */
async function typeNumber(page: Page, phone: string): Promise<void> {
  await page.getByLabel('Your WhatsApp number').focus();
  await page.keyboard.type(phone);
  await page.keyboard.press('Enter');
}

/** Answers the link. */
async function beginLogin(page: Page, phone: string): Promise<string> {
  await typeNumber(page, phone);
  return (await page.getByRole('link', { name: 'Open WhatsApp' }).getAttribute('href')) ?? '';
}

describe('the login page', () => {
  it('logs in whoever sends the message of its link, and stays so', async () => {
    const phone = person(1);
    const page = await open();
    const link = await beginLogin(page, phone);
    expect(link).toMatch(/^https:\/\/wa\.me\/\d+\?text=/);
    const qr = page.getByRole('img', { name: /QR code/ });
    await until(() => qr.evaluate((image: any) => image.naturalWidth > 0), 'the QR code');
    expect(await page.getByRole('timer').textContent()).toMatch(/^(10:00|9:5\d)$/);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await stage.personSends(phone, textOf(link))).toBe('verified');

    await heading(page, `Welcome, ${phone}`).waitFor();
    const [session] = (await page.context().cookies()).filter(({ name }) => name === 'session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await page.reload();
    await heading(page, `Welcome, ${phone}`).waitFor();
  });

  it('ends the session for another number, on the server too', async () => {
    const phone = person(7);
    const page = await open();
    await stage.personSends(phone, textOf(await beginLogin(page, phone)));
    await page.getByRole('button', { name: 'Log in with another number' }).click();
    await heading(page, 'Log in with WhatsApp').waitFor();
    await page.reload();
    await heading(page, 'Log in with WhatsApp').waitFor();
  });

  it('keeps the proof while the line is down or its server is', async () => {
    const phone = person(8);
    const page = await open();
    const link = await beginLogin(page, phone);
    const failures = [
      (route: Route) => route.abort(),
      (route: Route) => route.fulfill({ status: 502, body: '{"problem":"!"}' }),
    ];
    await page.route('**/session', (route) => failures.shift()?.(route) ?? route.continue());
    await stage.personSends(phone, textOf(link));
    await comeBack(page, phone);
    expect(failures).toEqual([]);
  });

  it('asks its own server where the gateway tells it nothing any more', async () => {
    const phone = person(9);
    const page = await open((fresh) => fresh.routeWebSocket(/graphql/, (socket) => socket.close()));
    const link = await beginLogin(page, phone);
    const headers = { 'access-control-allow-origin': '*' };
    await page.route('**/graphql', (route) => route.fulfill({ status: 401, headers }));
    await stage.personSends(phone, textOf(link));
    await comeBack(page, phone);
  });

  it('greets in a first tab whoever logged in with a second', async () => {
    const phone = person(10);
    const first = await open();
    const link = await beginLogin(first, phone);
    const second = await first.context().newPage();
    await second.goto(stage.url);
    await stage.personSends(phone, textOf(await beginLogin(second, phone)));
    await heading(second, `Welcome, ${phone}`).waitFor();
    await stage.personSends(phone, textOf(link));
    await heading(first, `Welcome, ${phone}`).waitFor();
  });

  it('goes on where it was when the phone loads it anew', async () => {
    const phone = person(2);
    const page = await open();
    const link = await beginLogin(page, phone);
    await page.reload();
    expect(await page.getByRole('link', { name: 'Open WhatsApp' }).getAttribute('href')).toBe(link);
    await stage.personSends(phone, textOf(link));
    await heading(page, `Welcome, ${phone}`).waitFor();
  });

  it('never sees the API key, in whatever it loads, sends, hears or keeps', async () => {
    let traffic!: Traffic;
    const phone = person(3);
    const page = await open((fresh) => {
      traffic = watchTraffic(fresh);
    });
    await stage.personSends(phone, textOf(await beginLogin(page, phone)));
    await heading(page, `Welcome, ${phone}`).waitFor();
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    const cookies = JSON.stringify(await page.context().cookies());
    const all = [...(await traffic.all()), await page.content(), String(kept), cookies].join('\n');
    // It is everything: the watch token went to the page, to the gateway, and over the WebSocket.
    expect(all.match(/"authorization":"Bearer /g)?.length).toBeGreaterThan(0);
    expect(all).toContain('verificationUpdated');
    expect(all).not.toContain(stage.key);
    expect(all).not.toContain(stage.world.gateway.adminKey);
  });

  it('says what is wrong with a number, beside the field', async () => {
    const page = await open();
    await typeNumber(page, '12');
    const field = page.getByLabel('Your WhatsApp number');
    await until(async () => (await field.getAttribute('aria-invalid')) === 'true', 'a refusal');
    expect(await said(page)).toMatch(/^We cannot use that number\. Please give/);
    expect(await field.evaluate((element: any) => element === element.ownerDocument.activeElement)).toBe(true);
  });

  it('says that a login was cancelled, and lets the person begin again', async () => {
    const phone = person(4);
    const page = await open();
    await beginLogin(page, phone);
    const { verifications } = await stage.world.ask(
      'query ($phone: String!) { verifications(filter: { phone: $phone }) { edges { node { id } } } }',
      { phone },
    );
    await stage.world.ask('mutation ($id: ID!) { cancelVerification(id: $id) { __typename } }', {
      id: verifications.edges[0].node.id,
    });
    await heading(page, 'Log in with WhatsApp').waitFor();
    expect(await said(page)).toBe('This login was cancelled. Please begin again.');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('link', { name: 'Open WhatsApp' }).waitFor();
  });

  it('follows by asking when its WebSocket was cut and does not come back', async () => {
    const phone = person(5);
    let traffic!: Traffic;
    const page = await open((fresh) => {
      traffic = watchTraffic(fresh);
    });
    const link = await beginLogin(page, phone);
    await until(() => traffic.frames.some((frame) => frame.includes('"next"')), 'the first update');
    const { nest } = stage.world.gateway.app;
    const http: Server = nest.getHttpServer();
    const upgrades = http.listeners('upgrade') as ((...args: unknown[]) => void)[];
    http.removeAllListeners('upgrade');
    try {
      nest.get(Sockets).terminate();
      await stage.personSends(phone, textOf(link));
      await heading(page, `Welcome, ${phone}`).waitFor();
    } finally {
      for (const upgrade of upgrades) http.on('upgrade', upgrade);
    }
  });

  it('asks for the code where the message with the link could not be had', async () => {
    const { world } = stage;
    const account = { kind: 'SENDTALK', apiKey: SENDTALK_CREDENTIALS.apiKey } as const;
    world.simulator.configure({
      accounts: [{ ...account, refuses: 'insufficient_balance' }],
      templates: [{ kind: 'DOKU', name: 'TMP-240223-00001', params: 1 }],
    });
    await addTemplate(world.gateway.call, {
      name: 'login_code',
      externalId: 'TMP-240223-00001',
      category: 'AUTHENTICATION',
      language: 'en',
      body: 'Your code is {{1}}.',
      account: world.doku,
    });
    const phone = person(6);
    const page = await open();
    await typeNumber(page, phone);
    const field = page.getByLabel('The code that we sent you in WhatsApp');
    const type = async (code: string): Promise<void> => {
      await field.fill(code);
      await page.keyboard.press('Enter');
    };
    const sent = await until(() => world.simulator.ledger.messages({ kind: 'DOKU', recipient: phone.slice(1) })[0]);
    const code = sent.params[0] ?? '';
    // More than the five tries that there are.
    for (let tries = 0; tries < 6; tries++) {
      await type(tries === 0 ? '' : '12 345');
      await isSaid(page, 'The code has six digits.');
    }
    await type(code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)));
    await isSaid(page, 'That is not the code. Please look at it again.');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Send again' }).click();
    await isSaid(page, 'That was a little too often. Please try again in 1 minute.');
    await type(`${code.slice(0, 3)} ${code.slice(3)}`);
    await heading(page, `Welcome, ${phone}`).waitFor();
    world.simulator.configure({ accounts: [{ ...account, webhookSecret: 'sendtalk-webhook-secret-01' }] });
  });
});

describe('the login’s server', () => {
  const begin = (phone: string): Promise<Answered> => stage.post('/login', { phone });
  const prove = async (phone: string, { body }: Answered): Promise<void> => {
    await stage.personSends(phone, textOf(body.waLink));
    await until(async () => {
      const { verification } = await stage.world.ask('query ($id: ID!) { verification(id: $id) { status } }', body);
      return verification.status === 'VERIFIED';
    }, 'the proof');
  };
  const refused = { status: 400, cookie: '' };

  it('says when to come back after too many logins', async () => {
    const phone = person(16);
    for (let n = 0; n < 5; n++) expect(await begin(phone)).toMatchObject({ status: 200 });
    const { status, body } = await begin(phone);
    expect([status, body]).toEqual([400, { problem: 'That was a little too often. Please try again in 60 minutes.' }]);
  });

  it('does not take a browser’s word that the number is proved', async () => {
    const page = await open((fresh) =>
      // A browser in which the gateway says whatever its user wants to hear.
      fresh.routeWebSocket(/graphql/, (socket) => {
        socket.onMessage((message) => {
          const { type } = JSON.parse(String(message)) as { type: string };
          const verificationUpdated = { status: 'VERIFIED', method: 'SENDTALK', waLink: null, qrCode: null };
          const next = { id: '1', type: 'next', payload: { data: { verificationUpdated } } };
          socket.send(JSON.stringify(type === 'connection_init' ? { type: 'connection_ack' } : next));
        });
      }),
    );
    await typeNumber(page, person(11));
    await isSaid(page, 'The number is not verified.');
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['login']);
  });

  it('gives no session to a browser that began nothing, whatever it says of another’s', async () => {
    const phone = person(12);
    const victim = await begin(phone);
    const { id, watchToken } = victim.body;
    await prove(phone, victim);
    const word = { id, phone, status: 'VERIFIED', watchToken };
    expect(await stage.post('/session', word)).toMatchObject(refused);
    for (const value of [id, watchToken, phone, '', 'undefined', '__proto__'])
      expect(await stage.post('/session', word, `login=${value}; session=${value}`), value).toMatchObject(refused);
    const other = await begin(person(13));
    expect(await stage.post('/session', word, other.cookie)).toMatchObject(refused);
    expect(await stage.post('/session', {}, victim.cookie)).toMatchObject({ status: 200, body: { phone } });
  });

  it('gives one session for one proof, however often it is asked at once', async () => {
    const phone = person(14);
    const login = await begin(phone);
    expect(await stage.post('/session', {}, login.cookie)).toMatchObject(refused);
    await prove(phone, login);
    const answers = await Promise.all(Array.from({ length: 10 }, () => stage.post('/session', {}, login.cookie)));
    expect(answers.filter(({ status, cookie }) => status === 200 && cookie.startsWith('session='))).toHaveLength(1);
    expect(answers.filter(({ cookie }) => cookie === '')).toHaveLength(9);
    expect(await stage.post('/session', {}, login.cookie)).toMatchObject(refused);
  });

  it('lets nothing of others run, load or be spoken to in its page, and takes no form of another site', async () => {
    const policy = (await fetch(stage.url)).headers.get('content-security-policy');
    const graphql = `${stage.world.gateway.url}/graphql`;
    expect(policy?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      `connect-src 'self' ${graphql} ${graphql.replace('http', 'ws')}`,
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      'img-src data:',
      "script-src 'self'",
      "style-src 'self'",
    ]);
    const body = `{"phone":"${person(15)}"}`;
    const login = (init: RequestInit): Promise<Response> =>
      fetch(`${stage.url}/login?utm=1`, { method: 'POST', ...init });
    expect((await login({ body })).status).toBe(415);
    expect((await login({ body, headers: { 'content-type': 'Application/JSON; charset=utf-8' } })).status).toBe(200);
    expect((await fetch(`${stage.url}/?utm=1`, { method: 'HEAD' })).status).toBe(200);
  });
});
