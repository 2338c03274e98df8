import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, later } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { Vault } from '../common/vault.js';
import { EndpointSecretsVault } from './endpoint-secrets.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const ours = new EndpointSecretsVault(new Vault(Buffer.alloc(32, 7)));
const afterAnotherKey = new EndpointSecretsVault(new Vault(Buffer.alloc(32, 8)));

type Row = Parameters<EndpointSecretsVault['give']>[0];
const emptyRow = (): Row => ({ id: newId(), secrets: Buffer.alloc(0), secretsKey: '', previousUntil: null });

let row: Row;
beforeEach(() => {
  row = emptyRow();
});

describe('a new endpoint', () => {
  it('has a secret that signs from then on, alone', () => {
    const secret = ours.give(row);
    expect(ours.signing(row, NOW)).toEqual([secret]);
    expect(ours.signing(row, later(NOW, 400 * DAY))).toEqual([secret]);
  });

  it('has one that no other has', () => {
    const secrets = Array.from({ length: 100 }, () => ours.give(emptyRow()));
    expect(new Set(secrets).size).toBe(100);
  });

  it('shows nothing of it in its row', () => {
    const secret = ours.give(row);
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row.secrets.includes(secret)).toBe(false);
    expect(row.secrets.includes(Buffer.from(secret.slice('whsec_'.length), 'base64'))).toBe(false);
  });
});

describe('a rotation', () => {
  it('gives another secret, and both sign until exactly 24 h later, the newest first', () => {
    const first = ours.give(row);
    const second = ours.rotate(row, NOW);
    expect(second).not.toBe(first);
    expect(ours.signing(row, NOW)).toEqual([second, first]);
    expect(ours.signing(row, later(NOW, DAY - 1))).toEqual([second, first]);
    expect(ours.signing(row, later(NOW, DAY))).toEqual([second]);
    expect(ours.signing(row, later(NOW, 2 * DAY))).toEqual([second]);
  });

  it('within that time takes no secret away that is in use, and the day begins anew for all', () => {
    const first = ours.give(row);
    const second = ours.rotate(row, NOW);
    const third = ours.rotate(row, later(NOW, HOUR));
    expect(ours.signing(row, later(NOW, HOUR))).toEqual([third, second, first]);
    expect(ours.signing(row, later(NOW, DAY + HOUR - 1))).toEqual([third, second, first]);
    expect(ours.signing(row, later(NOW, DAY + HOUR))).toEqual([third]);
  });

  it('drops the oldest where seventeen would sign beside it', () => {
    const secrets = [ours.give(row), ...Array.from({ length: 20 }, () => ours.rotate(row, NOW))];
    expect(ours.signing(row, NOW)).toEqual(secrets.reverse().slice(0, 17));
  });

  it('long after the last one does not bring back what had its time', () => {
    ours.give(row);
    const second = ours.rotate(row, NOW);
    const third = ours.rotate(row, later(NOW, 30 * DAY));
    expect(ours.signing(row, later(NOW, 30 * DAY))).toEqual([third, second]);
  });
});

describe('secrets that another ENCRYPTION_KEY sealed', () => {
  it('sign nothing', () => {
    ours.give(row);
    expect(afterAnotherKey.signing(row, NOW)).toBeNull();
  });

  it('are done away with by a rotation, after which the new one signs alone', () => {
    ours.give(row);
    ours.rotate(row, NOW);
    const secret = afterAnotherKey.rotate(row, later(NOW, HOUR));
    expect(afterAnotherKey.signing(row, later(NOW, HOUR))).toEqual([secret]);
    expect(row.previousUntil).toBeNull();
    const next = afterAnotherKey.rotate(row, later(NOW, 2 * HOUR));
    expect(afterAnotherKey.signing(row, later(NOW, 2 * HOUR))).toEqual([next, secret]);
  });
});

describe('sealed secrets', () => {
  it('do not open in the row of another endpoint', () => {
    ours.give(row);
    expect(ours.signing({ ...row, id: newId() }, NOW)).toBeNull();
  });

  it('do not open once a bit of them was changed', () => {
    ours.give(row);
    row.secrets[row.secrets.length - 1]! ^= 1;
    expect(ours.signing(row, NOW)).toBeNull();
  });

  it('sign nothing once they were destroyed', () => {
    ours.give(row);
    row.secrets = Buffer.alloc(0);
    expect(ours.signing(row, NOW)).toBeNull();
  });
});
