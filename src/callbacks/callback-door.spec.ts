import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { type Database } from '../database/database.js';
import { type Signals } from '../database/signals.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type CallbackAccounts } from '../providers/callback-accounts.js';
import { type Admission, type RawRequest } from '../providers/ports/callbacks.js';
import { type ProviderPool } from '../providers/provider-pool.js';
import { CallbackDoor } from './callback-door.js';

const TAKEN = { status: 200, contentType: 'application/json', body: '{"status":"000"}' };
const NOT_GENUINE = { status: 401, contentType: 'application/json', body: '{}' };

interface StoredCallback {
  readonly project_id: string;
  readonly account_id: string;
  readonly topic: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly proven: string | null;
}

/** A door with one account behind it, whose provider admits what says `genuine`. */
class Porch {
  readonly stored: StoredCallback[] = [];
  proof: readonly string[] | undefined;
  proven: string | undefined;
  readonly told: string[] = [];
  statements = 0;
  database: (rows: readonly StoredCallback[]) => Promise<void> = async () => undefined;
  readonly door: CallbackDoor;

  constructor() {
    const account = { id: 'a1', projectId: 'p1', kind: 'WAPPIN' } as ProviderAccount;
    const admit = ({ body }: RawRequest): Admission =>
      body.toString() === 'forged'
        ? { verdict: 'refuse', reply: NOT_GENUINE, reason: 'the token' }
        : {
            verdict: 'keep',
            reply: TAKEN,
            ...(this.proof && { proof: this.proof }),
            ...(this.proven && { proven: this.proven }),
          };
    this.door = new CallbackDoor(
      {
        rows: async (_text: string, [json]: [string]) => {
          this.statements++;
          const rows = JSON.parse(json) as StoredCallback[];
          await this.database(rows);
          this.stored.push(...rows);
          return [];
        },
      } as unknown as Database,
      { find: async (key: string) => (key === 'the-key' ? account : null) } as unknown as CallbackAccounts,
      { of: () => ({ callbacks: { topics: ['callback'], admit } }) } as unknown as ProviderPool,
      { tell: (_topic: string, ids: readonly string[]) => this.told.push(...ids) } as unknown as Signals,
      new ManualClock(),
    );
  }
}

const request = (body: string | Buffer, more: Partial<RawRequest> = {}): RawRequest => ({
  topic: 'callback',
  method: 'POST',
  path: '/callbacks/the-key/callback',
  headers: {},
  body: Buffer.from(body as string),
  ...more,
});

describe('what is genuine', () => {
  it('is kept byte for byte, answered in the provider’s own words, and announced', async () => {
    const porch = new Porch();
    const body = Buffer.from([0, 255, 128, 10, 13]);
    expect(await porch.door.receive('the-key', request(body))).toEqual(TAKEN);
    expect(porch.stored).toMatchObject([{ project_id: 'p1', account_id: 'a1', topic: 'callback' }]);
    expect(Buffer.from(porch.stored[0]!.body, 'base64')).toEqual(body);
    expect(porch.told).toEqual(['a1']);
  });

  it('is kept without what proves it: that is a secret', async () => {
    const porch = new Porch();
    const headers = { authorization: 'Bearer s3cret', cookie: 's3cret', 'content-type': 'application/json' };
    await porch.door.receive('the-key', request('{}', { headers }));
    expect(porch.stored[0]?.headers).toEqual({ 'content-type': 'application/json' });
  });

  it('is kept without the headers that its provider names as the proof', async () => {
    const porch = new Porch();
    porch.proof = ['x-key', 'x-signature'];
    const headers = { 'x-key': 's3cret', authorization: 'Bearer s3cret', 'x-keys': '2', 'content-type': 'a/b' };
    await porch.door.receive('the-key', request('{}', { headers }));
    expect(porch.stored[0]?.headers).toEqual({ 'x-keys': '2', 'content-type': 'a/b' });
  });

  it('is kept with the form of the signature that matched, and a header cannot pretend to be that', async () => {
    const porch = new Porch();
    await porch.door.receive('the-key', request('{}', { headers: { proven: 'hex' }, proven: 'hex' }));
    porch.proven = 'base64';
    await porch.door.receive('the-key', request('{}'));
    expect(porch.stored.map(({ proven }) => proven)).toEqual([null, 'base64']);
  });

  it('is answered after the commit and not before', async () => {
    const porch = new Porch();
    let commit!: () => void;
    porch.database = () => new Promise((resolve) => (commit = resolve));
    let answered = false;
    const reply = porch.door.receive('the-key', request('{}')).then(() => (answered = true));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(answered).toBe(false);
    commit();
    await reply;
    expect(porch.told).toEqual(['a1']);
  });

  it('is not answered as taken when it could not be kept', async () => {
    const porch = new Porch();
    porch.database = async () => {
      throw new Error('the database is away');
    };
    await expect(porch.door.receive('the-key', request('{}'))).rejects.toThrow();
    expect(porch.told).toEqual([]);
  });

  it('shares its statement with what comes at the same time', async () => {
    const porch = new Porch();
    const bodies = Array.from({ length: 50 }, (_, index) => `{"n":${index}}`);
    await Promise.all(bodies.map((body) => porch.door.receive('the-key', request(body))));
    expect(porch.statements).toBe(1);
    expect(porch.stored.map(({ body }) => Buffer.from(body, 'base64').toString())).toEqual(bodies);
  });
});

describe('what is not', () => {
  it('is answered as the provider’s rules say and leaves nothing behind', async () => {
    const porch = new Porch();
    expect(await porch.door.receive('the-key', request('forged'))).toEqual(NOT_GENUINE);
    expect([porch.stored, porch.told, porch.statements]).toEqual([[], [], 0]);
  });

  it.each([
    ['an unknown key', 'another-key', 'callback'],
    ['no key', '', 'callback'],
    ['a topic that the provider does not have', 'the-key', 'status'],
    ['no topic', 'the-key', ''],
  ])('with %s finds nothing at that address', async (_what, key, topic) => {
    const porch = new Porch();
    expect(await porch.door.receive(key, request('{}', { topic }))).toMatchObject({ status: 404 });
    expect(porch.statements).toBe(0);
  });
});
