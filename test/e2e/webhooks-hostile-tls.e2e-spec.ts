import { createServer } from 'node:net';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DAY, later } from '../../src/common/clock.js';
import { type Certificate, makeCertificate } from '../support/certificate.js';
import { type Gateway, onFreePort, startGateway } from '../support/gateway.js';
import { type RawReceiver, startRawReceiver } from '../support/raw-receiver.js';
import { triedAt, webhooksOf } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

const authority = makeCertificate('An authority that is trusted here');
const unknown = makeCertificate('Another authority');
const hosts = ['127.0.0.1'];
const now = new Date();

let gateway: Gateway;
let hooks: ReturnType<typeof webhooksOf>;
let receiver: RawReceiver | undefined;

beforeAll(async () => {
  const { createSecureContext, rootCertificates } = tls;
  const ca = [...rootCertificates, authority.cert];
  vi.spyOn(tls, 'createSecureContext').mockImplementation((options) => createSecureContext({ ...options, ca }));
  gateway = await startGateway();
  hooks = webhooksOf(handsOf(gateway.call).ask);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await gateway.close();
});
afterEach(async () => {
  for (const { id } of await hooks.endpoints()) await hooks.remove(id);
  await receiver?.close();
});

/** The first attempt at a server with that certificate. */
async function attemptAt({ cert, key }: Pick<Certificate, 'cert' | 'key'>): Promise<any> {
  receiver = await startRawReceiver((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), {
    tls: { cert, key },
  });
  const { status, attempts } = await triedAt(hooks, receiver.url);
  return { status, ...attempts[0] };
}

const withChain = (certificate: Certificate, issuer: Certificate): Certificate => ({
  ...certificate,
  cert: certificate.cert + issuer.cert,
});

describe('an endpoint over TLS', () => {
  it('is called when its certificate is of an authority that is trusted', async () => {
    const attempt = await attemptAt(makeCertificate('good', { issuer: authority, hosts }));
    expect(attempt).toMatchObject({ status: 'DELIVERED', responseStatus: 200 });
  });

  const NO_ISSUER =
    'The certificate cannot be traced to an authority that is trusted here; its server may leave out one in between.';

  it.each<[string, Certificate, string]>([
    [
      'is self-signed',
      makeCertificate('self', { hosts }),
      'The certificate is self-signed, no authority vouches for it.',
    ],
    [
      'is of an authority that nobody knows',
      withChain(makeCertificate('stranger', { issuer: unknown, hosts }), unknown),
      'The certificate is of an authority that is not trusted here.',
    ],
    ['comes without its authority', makeCertificate('alone', { issuer: unknown, hosts }), NO_ISSUER],
    [
      'has expired',
      makeCertificate('old', { issuer: authority, hosts, validUntil: later(now, -DAY) }),
      'The certificate has expired.',
    ],
    [
      'is not valid yet',
      makeCertificate('new', { issuer: authority, hosts, validUntil: later(now, 400 * DAY) }),
      'The certificate is not valid yet.',
    ],
    [
      'is for another address',
      makeCertificate('other', { issuer: authority, hosts: ['127.0.0.2', 'localhost'] }),
      'The certificate is for another name than the address has.',
    ],
  ])('hears nothing when its certificate %s', async (_what, certificate, error) => {
    expect(await attemptAt(certificate)).toMatchObject({ status: 'PENDING', responseStatus: null, error });
    expect(receiver!.requests).toEqual([]);
  });

  it('hears nothing at a port that speaks something else', async () => {
    const mail = createServer((socket) => socket.on('error', () => undefined).end('220 mail.test ESMTP\r\n'));
    const port = await onFreePort(
      (free) =>
        new Promise<string>((resolve, reject) => {
          mail.once('error', reject).listen(Number(free), '127.0.0.1', () => resolve(free));
        }),
    );
    const { attempts } = await triedAt(hooks, `https://127.0.0.1:${port}/`);
    mail.close();
    expect(attempts).toMatchObject([{ responseStatus: null, error: 'No TLS connection could be agreed on.' }]);
  });
});
