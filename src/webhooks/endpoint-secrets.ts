import { Injectable } from '@nestjs/common';
import { DAY, later } from '../common/clock.js';
import { Vault } from '../common/vault.js';
import { newSecret } from './signature.js';
import { type WebhookEndpoint } from './endpoint-store.js';

/** What signs an endpoint's calls: the secret, and for a day after a rotation the one before it. */
interface EndpointSecrets {
  readonly current: string;
  readonly previous: string | null;
}

type Sealing = Pick<WebhookEndpoint, 'id' | 'secrets' | 'secretsKey' | 'previousUntil'>;

const BOTH_SIGN_MS = DAY;

/** The secrets of endpoints: they lie sealed in their rows and are answered once, when they are made. */
@Injectable()
export class EndpointSecretsVault {
  constructor(private readonly vault: Vault) {}

  /** Gives a new endpoint its secret. */
  give(row: Sealing): string {
    const current = newSecret();
    this.seal(row, { current, previous: null });
    return current;
  }

  /** Gives it another one; the one that it had signs too for a day. */
  rotate(row: Sealing, now: Date): string {
    const current = newSecret();
    const previous = this.opened(row)?.current ?? null;
    this.seal(row, { current, previous });
    row.previousUntil = previous === null ? null : later(now, BOTH_SIGN_MS);
    return current;
  }

  /** Those that sign now, the newest first; null where they were sealed with a key that is lost. */
  signing(row: Sealing, now: Date): readonly string[] | null {
    const secrets = this.opened(row);
    if (!secrets) return null;
    const { current, previous } = secrets;
    const isOver = row.previousUntil === null || now >= row.previousUntil;
    return previous === null || isOver ? [current] : [current, previous];
  }

  private seal(row: Sealing, secrets: EndpointSecrets): void {
    const sealed = this.vault.seal(row.id, { ...secrets });
    row.secrets = sealed.bytes;
    row.secretsKey = sealed.keyId;
  }

  private opened({ id, secrets: bytes, secretsKey: keyId }: Sealing): EndpointSecrets | null {
    try {
      return this.vault.open<EndpointSecrets>(id, { bytes, keyId });
    } catch {
      return null;
    }
  }
}
