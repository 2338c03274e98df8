import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** A killed run may hold its recipients for 30 s, and the demo itself gives up after 60 s. */
const PATIENCE_MS = 120_000;

let folder: string;
beforeAll(async () => {
  // What ships is what is run: the build with its copied files, not the sources.
  execFileSync(process.execPath, [join(ROOT, 'scripts/ensure-built.mjs')], { stdio: 'ignore' });
  folder = await mkdtemp(join(tmpdir(), 'kurir-demo-'));
  // Of root's closed folders the database would move out, to where it outlives the test.
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Demo {
  /** What it has printed so far. */
  readonly output: () => string;
  /** Resolves when it has printed this. */
  printed(what: RegExp): Promise<void>;
  kill(): void;
  /** The exit code; null for one that was killed. */
  readonly exit: Promise<number | null>;
}

/** Starts the demo on the folder's data, in an environment without any setting of Kurir's but that. */
function startDemo(...options: string[]): Demo {
  const child = spawn(process.execPath, [join(ROOT, 'dist/demo/main.js'), ...options], {
    cwd: folder,
    env: { PATH: process.env['PATH'], DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting: { what: RegExp; go: () => void }[] = [];
  const hear = (text: string): void => {
    output += text;
    for (const { what, go } of waiting) if (what.test(output)) go();
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    output: () => output,
    printed: (what) =>
      new Promise((resolve, reject) => {
        if (what.test(output)) return resolve();
        waiting.push({ what, go: resolve });
        void exit.then(() => reject(new Error(`It ended without printing ${what}:\n${output}`)));
      }),
    kill: () => child.kill('SIGKILL'),
    exit,
  };
}

/** The states that the timeline shows of one step, in their order. */
const statesOf = (output: string, title: string): string[] =>
  output
    .split('\n')
    .filter((line) => /^\d\d:\d\d:\d\d\.\d{3} /.test(line))
    .map((line) => line.split(/ {2,}/))
    .filter((columns) => columns[2] === title)
    .map((columns) => columns[4] ?? '');

const REPORTED = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];

describe('npm run demo -- --once', () => {
  it('ends with 0 when every step has come to its end, and shows how each did', { timeout: PATIENCE_MS }, async () => {
    const demo = startDemo('--once');
    const code = await demo.exit;
    const output = demo.output();
    expect(code, output).toBe(0);

    expect(statesOf(output, 'PAYCHAT TMP-240223-07652')).toEqual(['QUEUED', 'SUBMITTED']);
    expect(statesOf(output, 'bni_ecol_open_payment_create')).toEqual(REPORTED);
    expect(statesOf(output, 'in a second')).toEqual(['SCHEDULED', ...REPORTED]);
    expect(statesOf(output, 'no WhatsApp there')).toEqual(['QUEUED', 'FAILED']);
    expect(statesOf(output, '“Halo, masih buka?”')).toEqual(['RECEIVED']);
    expect(statesOf(output, 'free text to Sri')).toEqual(REPORTED);
    expect(statesOf(output, 'number check')).toEqual(['YES', 'NO']);
    expect(output).toContain('Problem      INVALID_PHONE_NUMBER at to: ');
    expect(output).toContain('Problem      TEMPLATE_PARAMS_MISMATCH at content.template.params: ');

    // SendTalk reports nothing by itself: what happened between two questions may be one state, or several.
    expect(statesOf(output, 'a code, in the faster queue').at(-1)).toBe('READ');
    expect(statesOf(output, 'a question with two buttons')).toEqual(REPORTED);
    expect(statesOf(output, '“I pick it up”')).toEqual(['RECEIVED']);
    expect(statesOf(output, 'a picture that was uploaded')).toEqual(REPORTED);

    expect(statesOf(output, 'parcel_on_its_way')).toEqual(['PENDING', 'APPROVED']);
    expect(statesOf(output, 'the template just approved')).toEqual(REPORTED);
    expect(statesOf(output, 'the auto reply')).toEqual(REPORTED);
    expect(statesOf(output, 'image “Yang ini?”')).toEqual(['RECEIVED']);
    expect(statesOf(output, 'her picture, by the job')).toEqual(['FETCHED']);
    expect(output).toMatch(/marketing to Rudi .* Problem {6}RECIPIENT_OPTED_OUT at to: /);
    expect(statesOf(output, 'his order is ready')).toEqual(REPORTED);

    expect(statesOf(output, 'bread, by a card in the chat')).toEqual(['CREATED', 'PAID', 'PROCESSING']);
    expect(statesOf(output, 'coffee, by DOKU’s page')).toEqual(['PAGE', 'CREATED', 'PAID']);
    expect(statesOf(output, 'invoice_paid')).toEqual(['APPROVED', ...REPORTED]);

    expect(statesOf(output, 'told to the shop')).toEqual(REPORTED);
    expect(output).toMatch(/a test, the second time .* TOLD +verified by its signature/);
    expect(output).toMatch(/how far it came .* TOLD +message\.sent, message\.delivered, message\.read/);

    for (const which of [1, 2, 5]) expect(statesOf(output, `batch, ${which} of 5`)).toEqual(REPORTED);
    expect(statesOf(output, 'batch, 4 of 5')).toEqual(['QUEUED', 'SUBMITTED']);
    const taken = [...output.matchAll(/The simulated (\w+) took (\d+) messages/g)].map(([, kind, count]) => [
      kind,
      Number(count),
    ]);
    expect(Object.fromEntries(taken)).toEqual({ DOKU: 3, WAPPIN: 10, SENDTALK: 2, EXOTEL: 5, META: 6 });
    expect(output).toContain('The simulated SENDTALK took 2 messages, made 1 verification.');

    // The two documents' own requests: DOKU's number with its country code, Wappin's values by their number.
    expect(output).toContain(
      '{"templateId":"TMP-240223-07652","params":["value 1","value 2","value 3"],"destinationPhone":"6287823678023"}',
    );
    expect(output).toContain(
      '"type":"bni_ecol_open_payment_create","recipient_number":"6289600010002","params":{"1":"Name","2":"8000181008192601","3":"034567","4":"Customer Name","5":"email@gmail.com","6":"1.000.000","7":"2018-10-10 19:26:36"}',
    );
    // The SMS rides in the same request; a code takes SendTalk's faster queue.
    expect(output).toContain(
      '"channel":"sms","content":"sms_open_payment_create","params_sms":{"1":"034569","2":"80001810081034569"}',
    );
    expect(output).toContain('"messageType":"otp","body":"Kode Anda 481516"');
    expect(existsSync(join(folder, 'data/owner'))).toBe(false);
  });

  it('goes on with what a killed run has left, and leaves nothing behind', { timeout: PATIENCE_MS }, async () => {
    const killed = startDemo();
    await killed.printed(/batch, 5 of 5 .* SUBMITTED/);
    killed.kill();
    expect(await killed.exit).toBeNull();

    const demo = startDemo('--once');
    expect(await demo.exit, demo.output()).toBe(0);
    expect(existsSync(join(folder, 'data/owner'))).toBe(false);
    expect(existsSync(join(folder, 'data/postgres/data/postmaster.pid'))).toBe(false);
  });

  it('says who uses its data when it runs already', { timeout: PATIENCE_MS }, async () => {
    const first = startDemo();
    await first.printed(/Ready after/);
    const second = startDemo('--once');
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(
      /Another Kurir \(process \d+\) is using .*: stop it first, or give this one a DATA_DIR/,
    );
    await first.printed(/Ctrl-C ends it/);
    first.kill();
    await first.exit;
    // Takes the killed one's PostgreSQL over, and ends it.
    expect(await startDemo('--once').exit).toBe(0);
  });
});
