import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { type SettingName } from '../../src/config/settings.js';

const ROOT = join(import.meta.dirname, '../..');
/** Beneath node_modules, so that the packages are found; for each test process its own, so that none meets another. */
const BUILT = join(ROOT, 'node_modules/.cache/kurir-program', String(process.pid));

let building: Promise<void> | undefined;

/** The sources as they are now, without a look at their types: a second, where the build takes ten. */
async function build(): Promise<void> {
  const { compilerOptions } = ts.parseConfigFileTextToJson(
    'tsconfig.json',
    await readFile(join(ROOT, 'tsconfig.json'), 'utf8'),
  ).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...compilerOptions, module: 'ESNext', moduleResolution: 'bundler' },
    ROOT,
  );
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  await cp(join(ROOT, 'src/dashboard'), join(BUILT, 'dashboard'), { recursive: true });
  await Promise.all(
    files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map(async (file) => {
        const source = await readFile(join(ROOT, 'src', file), 'utf8');
        const target = join(BUILT, file.replace(/\.ts$/, '.js'));
        await mkdir(dirname(target), { recursive: true });
        await writeFile(
          target,
          ts.transpileModule(source, { compilerOptions: { ...options, sourceMap: false } }).outputText,
        );
      }),
  );
  await writeFile(join(BUILT, 'package.json'), '{"type":"module"}');
}

export interface Program {
  readonly child: ChildProcess;
  /** All of it so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves with the URL when it says where it listens; throws when it ends before. */
  readonly listening: Promise<string>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts the program `src/<entry>.ts` as a process of its own, with these settings and no others. */
export async function startProgram(
  env: Partial<Record<SettingName, string>>,
  { entry = 'main', node = [] }: { entry?: string; node?: readonly string[] } = {},
): Promise<Program> {
  await (building ??= build());
  return startFile(join(BUILT, `${entry}.js`), env, node);
}

/** The same with a program that is built already. */
export function startFile(
  file: string,
  env: Partial<Record<SettingName, string>>,
  node: readonly string[] = [],
): Program {
  const child = spawn(process.execPath, [...node, file], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const exit = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  const listening = Promise.withResolvers<string>();
  listening.promise.catch(() => undefined);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    const url = /listens on (\S+)/.exec(output.stdout)?.[1];
    if (url) listening.resolve(url);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.on('close', (code, signal) => {
    exit.resolve({ code, signal });
    listening.reject(new Error(`The program ended before it listened:\n${output.stdout}${output.stderr}`));
  });
  return { child, output, listening: listening.promise, exit: exit.promise };
}

/** For `afterAll` of a spec that started programs. */
export async function removeBuilt(): Promise<void> {
  await rm(BUILT, { recursive: true, force: true });
  building = undefined;
}
