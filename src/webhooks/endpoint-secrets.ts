import { Injectable } from '@nestjs/common';
import { DAY, later } from '../common/clock.js';
import { Vault } from '../common/vault.js';
import { newSecret } from './signature.js';
import { type WebhookEndpoint } from './endpoint-store.js';

/** What signs an endpoint's calls: the secret, and for a day after a rotation those before it, the newest first. */
interface EndpointSecrets {
  readonly current: string;
  readonly previous: readonly string[];
}

type Sealing = Pick<WebhookEndpoint, 'id' | 'secrets' | 'secretsKey' | 'previousUntil'>;

const BOTH_SIGN_MS = DAY;
/** One is usual. A second rotation in a day, as after an answer that was lost, must not take away the one that is in use. */
const PREVIOUS_AT_MOST = 16;

/** The secrets of endpoints: they lie sealed in their rows and are answered once, when they are made. */
@Injectable()
export class EndpointSecretsVault {
  constructor(private readonly vault: Vault) {}

  /** Gives a new endpoint its secret. */
  give(row: Sealing): string {
    const current = newSecret();
    this.seal(row, { current, previous: [] });
    return current;
  }

  /** Gives it another one; those that signed until now sign too for a day. */
  rotate(row: Sealing, now: Date): string {
    const current = newSecret();
    const previous = (this.signing(row, now) ?? []).slice(0, PREVIOUS_AT_MOST);
    this.seal(row, { current, previous });
    row.previousUntil = previous.length === 0 ? null : later(now, BOTH_SIGN_MS);
    return current;
  }

  /** Those that sign now, the newest first; null where they were sealed with a key that is lost. */
  signing(row: Sealing, now: Date): readonly string[] | null {
    const secrets = this.opened(row);
    if (!secrets) return null;
    const { current, previous } = secrets;
    const isOver = row.previousUntil === null || now >= row.previousUntil;
    return isOver ? [current] : [current, ...previous];
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
