import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { onFreePort } from '../support/gateway.js';
import { makeKey } from '../support/keys.js';
import { post } from '../support/simulator-peers.js';
import { SENDTALK_CREDENTIALS, startWorld, type World } from '../support/world.js';

const SERVER = join(import.meta.dirname, '../../examples/login/server.mjs');

/** A browser's cookies for `Cookie:`, and what it was answered. */
export interface Answered {
  readonly status: number;
  readonly body: any;
  readonly cookie: string;
}

/** The example with its gateway and SendTalk, and a browser to look at it with. */
export interface LoginStage {
  readonly world: World;
  /** The key that the example's server holds. */
  readonly key: string;
  readonly url: string;
  /** A browser of its own, without a cookie, at the page. `prepare` comes before anything is loaded. */
  open(prepare?: (page: Page) => Promise<void> | void): Promise<Page>;
  /** The same without a page: what anybody may send to the example's server. */
  post(path: string, body: unknown, cookie?: string): Promise<Answered>;
  /** A person sends this WhatsApp text to SendTalk; answers what SendTalk made of it. */
  personSends(from: string, text: string): Promise<string>;
  close(): Promise<void>;
}

export async function startLoginStage(): Promise<LoginStage> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const world = await startWorld({
    wappin: false,
    doku: {},
    sendtalk: { credentials: { webhookSecret: 'sendtalk-webhook-secret-01' } },
    env: { CORS_ORIGINS: url },
  });
  const { gateway, simulator, sendtalk } = world;
  simulator.configure({
    callbacks: [{ kind: 'SENDTALK', account: SENDTALK_CREDENTIALS.apiKey, url: sendtalk.callbackUrl }],
  });
  const { secret: key } = await makeKey(gateway.call, ['SEND']);
  const server = await startServer({ KURIR_URL: `${gateway.url}/`, KURIR_KEY: key, PORT: port });
  const browser = await launchBrowser();
  return {
    world,
    key,
    url,
    open: (prepare) => openPage(browser, url, prepare),
    post: async (path, body, cookie = '') => {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify(body),
      });
      const set = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
      return { status: answer.status, body: await answer.json(), cookie: set.join('; ') };
    },
    personSends: async (from, text) => {
      const control = `${simulator.url}/_simulator/sendtalk/verifications/send`;
      const { body } = await post(control, { 'content-type': 'application/json' }, JSON.stringify({ from, text }));
      return (body as { outcome: string }).outcome;
    },
    close: async () => {
      await browser.close();
      server.kill();
      await world.close();
    },
  };
}

/** What WhatsApp writes for the person who opens the link. */
export const textOf = (waLink: string): string => new URL(waLink).searchParams.get('text') ?? '';

/** On a phone. */
async function openPage(browser: Browser, url: string, prepare?: (page: Page) => Promise<void> | void): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 780 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await prepare?.(page);
  await page.goto(url);
  return page;
}

async function startServer(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [SERVER], { env: { PATH: process.env['PATH'], ...env } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(() => {
    throw new Error(`The example’s server ended:\n${said}`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  // At the end of the tests.
  ended.catch(() => undefined);
  return child;
}

/** The gateway has to know the page's origin, and the page's server the gateway. */
const freePort = (): Promise<string> =>
  onFreePort(async (port) => {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(Number(port), '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    return port;
  });
