import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { DAY, later } from '../../src/common/clock.js';

/** What a TLS server needs, and what it signs others with where it is an authority. */
export interface Certificate {
  /** In PEM. */
  readonly cert: string;
  /** In PEM. */
  readonly key: string;
  readonly name: string;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** Itself without it. */
  readonly issuer?: Certificate;
  /** What it is good for: names and IPv4 addresses; it is an authority's where there are none. */
  readonly hosts?: readonly string[];
  /** A day from now without it. */
  readonly validUntil?: Date;
}

/** Makes a certificate (RFC 5280) with a key of its own. */
export function makeCertificate(name: string, options: CertificateOptions = {}): Certificate {
  const { issuer, hosts = [], validUntil = later(new Date(), DAY) } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nameOf(issuer?.name ?? name),
    sequence(utcTime(later(validUntil, -365 * DAY)), utcTime(validUntil)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(hosts.length > 0 ? alternativeNames(hosts) : AUTHORITY)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    name,
    privateKey,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/** A tag, the length, the content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => der(0x04, content);

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));
const TRUE = der(0x01, Buffer.from([0xff]));
/** basicConstraints, critical: it may sign others. */
const AUTHORITY = sequence(objectId('551d13'), TRUE, octets(sequence(TRUE)));

const nameOf = (name: string): Buffer =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(name)))));

const alternativeNames = (hosts: readonly string[]): Buffer =>
  sequence(
    objectId('551d11'),
    octets(
      sequence(
        ...hosts.map((host) =>
          isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
        ),
      ),
    ),
  );

/** `270101000000Z`; good until 2049. */
const utcTime = (time: Date): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${time
        .toISOString()
        .replace(/[-:T]|\..*$/g, '')
        .slice(2)}Z`,
    ),
  );
