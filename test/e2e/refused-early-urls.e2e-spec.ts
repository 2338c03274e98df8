import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway } from '../support/gateway.js';
import { addTemplate, handsOf, person, startWorld, viaWappin, type World } from '../support/world.js';

/** Where nothing public is, in every spelling that some client takes. */
const PRIVATE = [
  ...['http://127.0.0.1/a.png', 'http://127.1/a.png', 'http://2130706433/a.png', 'http://0x7f000001/a.png'],
  ...['http://0x7f.1/a.png', 'http://017700000001/a.png', 'http://0177.0.0.1/a.png', 'http://127.0.0.1.:8080/a.png'],
  ...['http://127.255.255.254/a.png', 'http://１２７.０.０.１/a.png', 'http://127。0。0。1/a.png'],
  ...['http://localhost/a.png', 'http://LOCALHOST./a.png', 'http://a.localhost/a.png', 'https://localhost:3000/a.png'],
  ...['http://0/a.png', 'http://0.0.0.0/a.png', 'http://[::]/a.png', 'http://[::1]/a.png', 'http://[0:0:0:0:0:0:0:1]/'],
  ...['http://[::ffff:127.0.0.1]/a.png', 'http://[::ffff:7f00:1]/a.png', 'http://[64:ff9b::7f00:1]/a.png'],
  ...['http://[2002:7f00:1::]/a.png', 'http://[fe80::1]/a.png', 'http://[fd00::1]/a.png', 'http://[fc00::1]/a.png'],
  ...['http://10.0.0.1/a.png', 'http://172.16.0.1/a.png', 'http://172.31.255.255/a.png', 'http://192.168.1.1/a.png'],
  ...['http://100.64.0.1/a.png', 'http://198.18.0.1/a.png', 'http://224.0.0.1/a.png', 'http://255.255.255.255/a.png'],
];
const METADATA = [
  ...['http://169.254.169.254/latest/meta-data/iam/', 'http://2852039166/latest/', 'http://0xa9fea9fe/latest/'],
  ...['http://[fd00:ec2::254]/latest/', 'http://[::ffff:169.254.169.254]/', 'http://168.63.129.16/machine'],
  'http://100.100.100.200/latest/meta-data/',
];
/** Refused whatever the settings. */
const FORM = [
  ...['https://user@shop.example/a.png', 'https://user:pass@shop.example/a.png', 'https://:pass@shop.example/a.png'],
  ...[
    'http://127.0.0.1@shop.example/a.png',
    'ftp://shop.example/a.png',
    'file:///etc/passwd',
    'gopher://shop.example/',
  ],
];
const PUBLIC = 'https://93.184.215.14/a.png';

let world: World;
/** As the world's gateway, but ALLOW_PRIVATE_URLS is what it is where nobody sets it. */
let careful: Gateway;
beforeAll(async () => {
  world = await startWorld({ doku: false, exotel: {}, callbackPlan: { statuses: [] } });
  careful = await world.gateway.beside({ env: { ROLE: 'api', ALLOW_PRIVATE_URLS: 'false' } });
  await addTemplate(world.call, {
    ...{ name: 'invoice_ready', language: 'en', body: 'Hello {{1}}.', samples: ['Budi'], account: world.exotel },
    header: { format: 'DOCUMENT', sample: 'https://shop.example/sample.pdf' },
    buttons: [{ type: 'URL', text: 'Open', url: 'https://shop.example/i/{{1}}' }],
  });
});
afterAll(() => world.close());

const TABLES = ['messages', 'events', 'message_attempts', 'media'] as const;
/** The same in each place where a file may be named. */
const places = (url: string): [Record<string, unknown>, string][] => [
  [{ content: { media: { type: 'DOCUMENT', url } } }, 'content.media.url'],
  [
    {
      content: {
        template: {
          ...{ name: 'invoice_ready', language: 'en', params: ['Budi'], headerMedia: { type: 'DOCUMENT', url } },
          buttonParams: [{ index: 0, value: '7' }],
        },
      },
    },
    'content.template.headerMedia.url',
  ],
  [
    viaWappin(person(1), { fallbacks: [{ rule: 'FAILED', content: { media: { type: 'DOCUMENT', url } } }] }),
    'fallbacks.0.content.media.url',
  ],
];

async function refused(gateway: Gateway, url: string): Promise<void> {
  const { send } = handsOf(gateway.call);
  const before = [await world.counts(...TABLES), world.simulator.ledger.counts().requests];
  for (const [input, field] of places(url)) {
    const problem = await send({ to: person(1), ...input });
    expect([url, problem.code, problem.field]).toEqual([url, 'UNSAFE_URL', field]);
    // Who asks learns nothing of what this server can see.
    expect(problem.message).not.toMatch(/ECONN|refused|timeout|open/i);
  }
  expect([await world.counts(...TABLES), world.simulator.ledger.counts().requests]).toEqual(before);
}

describe('an address that is not on the public internet', () => {
  it.each(PRIVATE)('is UNSAFE_URL as a file, as a header and in a fallback: %s', (url) => refused(careful, url));

  it.each(METADATA)('is UNSAFE_URL where a cloud keeps its secrets: %s', (url) => refused(careful, url));

  it('is taken where the operator allows it', async () => {
    for (const [input] of places('http://127.0.0.1:1/a.pdf').slice(0, 2)) {
      const { id } = await world.send({ to: person(2), accountId: world.exotel.id, ...input });
      await world.messageIn(id, 'SUBMITTED');
    }
  });
});

describe('an address with a user, a password or another scheme', () => {
  it.each(FORM)('is UNSAFE_URL with every setting: %s', async (url) => {
    await refused(careful, url);
    await refused(world.gateway, url);
  });
});

it('a public address is taken, as it is written', async () => {
  const { send } = handsOf(careful.call);
  for (const [input] of places(PUBLIC).slice(0, 2)) {
    const { id } = await send({ to: person(3), accountId: world.exotel.id, ...input });
    const { attempts } = await world.answeredIn(id, 'SUBMITTED');
    expect(attempts[0].request.body).toContain(`"link":"${PUBLIC}"`);
  }
});

it('in a batch of 50 the neighbours are unharmed', async () => {
  const { sendAll } = handsOf(careful.call);
  const url = (n: number): string => (n % 2 ? PUBLIC : (PRIVATE[n % PRIVATE.length] as string));
  const sends = Array.from({ length: 50 }, (_, n) => ({
    ...{ to: person(10 + n), accountId: world.exotel.id },
    content: { media: { type: 'IMAGE', url: url(n) } },
  }));
  const answers = await sendAll(sends);
  expect(answers.map(({ code }) => code ?? 'taken')).toEqual(sends.map((_, n) => (n % 2 ? 'taken' : 'UNSAFE_URL')));
  for (const { id } of answers.filter((_, n) => n % 2)) await world.messageIn(id, 'SUBMITTED');
});
