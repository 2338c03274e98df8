import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

/** PEM: `publicKey` is what a merchant copies from DOKU's dashboard. */
export interface DokuKeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

const generate = promisify(generateKeyPair);

/** DOKU's RSA keys, a pair for each account, made when first asked for and kept until the simulator ends. */
export class DokuKeys {
  private readonly pairs = new Map<string, Promise<DokuKeyPair>>();

  of(clientId: string): Promise<DokuKeyPair> {
    let pair = this.pairs.get(clientId);
    if (pair === undefined) {
      pair = generate('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      this.pairs.set(clientId, pair);
    }
    return pair;
  }
}
