import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Player, startPlayer } from '../contract/player.js';
import { graphql } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type Program, startFile } from '../support/program.js';
import { addTemplate, handsOf, PROBLEM } from '../support/world.js';

/** docs/adding-a-provider.md and its example, Kabar: what it says is done to a copy of the project, and that is started. */
const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'docs/examples/kabar');
const CATALOGUE = 'src/providers/catalogue.ts';
/** The program, and the contract with its tapes. */
const BUILD = {
  extends: './tsconfig.json',
  compilerOptions: { noEmit: false, outDir: 'dist', sourceMap: false },
  include: ['src', 'test/contract'],
  exclude: ['src/**/*.spec.ts'],
};

let copy: string;
/** What the compiler says. */
let compiled: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'kurir-kabar-'));
  const copied = ['src', 'test/contract', 'tsconfig.json', 'package.json'];
  await Promise.all(copied.map((path) => cp(join(ROOT, path), join(copy, path), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  // The folder, with its tapes, and the line.
  await cp(EXAMPLE, copy, { recursive: true });
  await writeFile(join(copy, CATALOGUE), withKabar(await readFile(join(copy, CATALOGUE), 'utf8')));
  await writeFile(join(copy, 'tsconfig.copy.json'), JSON.stringify(BUILD));
  compiled = await run('typescript/bin/tsc', '--project', 'tsconfig.copy.json');
  await cp(join(copy, 'src/dashboard'), join(copy, 'dist/src/dashboard'), { recursive: true });
});
afterAll(() => rm(copy, { recursive: true, force: true }));

it('the code in the document is that of the example', async () => {
  const paths = (await readdir(EXAMPLE, { recursive: true })).filter((path) => path.endsWith('.ts'));
  const files = await Promise.all([...paths, CATALOGUE].map((path) => readFile(join(copy, path), 'utf8')));
  const document = await readFile(join(ROOT, 'docs/adding-a-provider.md'), 'utf8');
  const excerpts = [...document.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.split(/^\s*…$/m));
  expect(excerpts.length).toBeGreaterThan(5);
  const known = files.map(unindented);
  expect(excerpts.filter((excerpt) => !known.some((file) => file.includes(unindented(excerpt))))).toEqual([]);
});

it('the example is compiled with the rest, and keeps the rules of imports', async () => {
  expect(compiled).toBe('');
  const rules = join(ROOT, '.dependency-cruiser.cjs');
  const told = await run('dependency-cruiser/bin/dependency-cruiser.mjs', '--config', rules, 'src');
  expect(told).toContain('dependencies cruised');
  expect(told.split('\n').filter((line) => line.includes('kabar'))).toEqual([]);
});

it('the example keeps the contract', async () => {
  expect(await run('vitest/vitest.mjs', 'run', 'test/contract/kabar')).toMatch(/Tests\s+\d+ passed/);
});

it('the example carries a message of the gateway, and tells that it was delivered', async () => {
  const key = `test_${randomBytes(24).toString('hex')}`;
  const signingKey = 'kbs-of-the-test';
  let database: TestDatabase | undefined;
  let provider: Player | undefined;
  let program: Program | undefined;
  try {
    database = await createTestDatabase();
    provider = await startPlayer();
    provider.play({ '/v1/messages': [{ status: 202, body: '{"id":"kbr_1"}' }] });
    program = startFile(join(copy, 'dist/src/main.js'), {
      PORT: '0',
      DATABASE_URL: database.url,
      DATA_DIR: join(copy, 'data'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ADMIN_API_KEY: key,
      ALLOW_PRIVATE_URLS: 'true',
      LOG_LEVEL: 'warn',
    });
    const url = await program.listening;
    const call = graphql(url, key);
    const { ask, send, messageIn } = handsOf(call);
    const { connectProvider: account } = await ask(
      `mutation ($input: ProviderAccountInput!) {
        connectProvider(input: $input) { ... on ProviderAccount { id kind callbackUrls { topic url } } ${PROBLEM} }
      }`,
      {
        input: { kind: 'KABAR', name: 'Sixth', baseUrl: provider.url, credentials: { apiKey: 'kbk-1', signingKey } },
      },
    );
    expect(account).toMatchObject({ kind: 'KABAR', callbackUrls: [{ topic: 'status' }] });
    await addTemplate(call, { name: 'order_paid', body: 'Halo {{1}}.', account });

    const sent = await send({
      to: '+6287823678013',
      content: { template: { name: 'order_paid', params: ['Bu Sri'] } },
    });
    const submitted = await messageIn(sent.id, 'SUBMITTED');
    expect(submitted).toMatchObject({ providerMessageId: 'kbr_1' });
    expect(provider.heard).toMatchObject([{ headers: { authorization: 'Bearer kbk-1' } }]);
    const request = JSON.parse(provider.heard[0]!.body) as { ref: string };
    expect(request).toMatchObject({ to: '6287823678013', template: 'order_paid', language: 'id', values: ['Bu Sri'] });

    const at = new Date().toISOString();
    const said = JSON.stringify({ id: 'kbr_1', ref: request.ref, to: '6287823678013', status: 'delivered', at });
    const posted = await fetch(`${url}${new URL(account.callbackUrls[0].url).pathname}`, {
      method: 'POST',
      headers: { 'x-kabar-signature': `sha256=${createHmac('sha256', signingKey).update(said).digest('hex')}` },
      body: said,
    });
    expect(posted.status).toBe(200);
    await messageIn(sent.id, 'DELIVERED');
  } catch (error) {
    throw new Error(`It failed, and the gateway said:\n${program?.output.stderr}`, { cause: error });
  } finally {
    program?.child.kill('SIGKILL');
    await program?.exit;
    await provider?.close();
    await database?.drop();
  }
});

/** The catalogue with the sixth line. */
function withKabar(catalogue: string): string {
  return catalogue
    .replace('import { type ProviderDefinition', "import { kabar } from './kabar/kabar.provider.js';\n$&")
    .replace('];', ', kabar];');
}

function unindented(text: string): string {
  return text.replaceAll(/^\s+/gm, '').trim();
}

/** Runs a program of a package in the copy; answers what it prints, whether it succeeds or not. */
function run(program: string, ...parameters: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'node_modules', program), ...parameters],
      { cwd: copy, env: { PATH: process.env['PATH'], NO_COLOR: '1' } },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}
