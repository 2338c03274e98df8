import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const config = join(root, '.dependency-cruiser.cjs');
const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: { name: string; severity: string }[] };

/**
 * A model of the house: files and what they import. `type x` imports a type inline, `both x` a type and a value in one
 * statement, `lazy x` imports at run time.
 */
type House = Record<string, readonly string[]>;

/** What the rules allow. Every file of it is used by a program. */
const sound: House = {
  'src/main.ts': ['./app.module.js'],
  'src/demo/main.ts': ['../main.js', '../messages/messages.service.js', 'node:http', './story.js'],
  'src/demo/story.ts': [],
  'src/simulator/main.ts': ['type ../providers/doku/doku.wire.js', '../queue/claim-loop.js', 'node:http', 'undici'],
  'src/app.module.ts': [
    './graphql/connection.js',
    './http/pools.js',
    './providers/catalogue.js',
    './messages/messages.module.js',
    './callbacks/door.js',
    './webhooks/fan-out.js',
  ],
  'src/common/ids.ts': ['node:crypto'],
  'src/config/settings.ts': ['type node:http'],
  'src/database/data-source.ts': ['./migrations/1-spine.js', '../config/settings.js', 'typeorm'],
  'src/database/migrations/1-spine.ts': ['typeorm'],
  'src/graphql/connection.ts': ['./page.input.js', '@nestjs/common'],
  'src/graphql/page.input.ts': [],
  'src/http/http.ts': [],
  'src/http/pools.ts': ['type ./http.js', 'undici', 'node:https'],
  'src/queue/claim-loop.ts': ['../database/data-source.js'],
  'src/projects/projects.service.ts': ['../graphql/page.input.js', './project.entity.js'],
  'src/projects/project.entity.ts': ['typeorm'],
  'src/events/event-log.ts': ['../projects/projects.service.js'],
  'src/providers/ports/provider.ts': ['type ../../http/http.js'],
  'src/providers/catalogue.ts': ['./doku/doku.provider.js', './wappin/wappin.provider.js'],
  'src/providers/doku/doku.provider.ts': [
    './doku.wire.js',
    'type ../ports/provider.js',
    '../../common/ids.js',
    'type ../../http/http.js',
    'node:crypto',
  ],
  'src/providers/doku/doku.wire.ts': [],
  'src/providers/doku/doku.spec.ts': [
    './doku.provider.js',
    '../../messages/messages.service.js',
    '../../../test/suite.js',
    'vitest',
  ],
  'src/providers/wappin/wappin.provider.ts': ['type ../ports/provider.js'],
  'src/templates/template.entity.ts': ['typeorm'],
  'src/templates/templates.service.ts': ['../providers/catalogue.js'],
  'src/messages/messages.module.ts': ['./messages.resolver.js', './messages.controller.js', './submit.job.js'],
  'src/messages/messages.resolver.ts': [
    './messages.service.js',
    './send-message.input.js',
    './messages.subscriptions.js',
  ],
  'src/messages/messages.service.ts': [
    './message.entity.js',
    '../templates/templates.service.js',
    '../events/event-log.js',
  ],
  'src/messages/messages.subscriptions.ts': [],
  'src/messages/messages.controller.ts': [],
  'src/messages/message.entity.ts': [],
  'src/messages/send-message.input.ts': [],
  'src/messages/submit.job.ts': [],
  'src/verifications/verifications.service.ts': ['../messages/messages.service.js'],
  'src/payments/payments.service.ts': ['../messages/messages.service.js'],
  'src/callbacks/door.ts': ['../payments/payments.service.js', '../verifications/verifications.service.js'],
  'src/webhooks/fan-out.ts': ['../events/event-log.js'],
  'src/dashboard/page.js': ['./chart.js'],
  'src/dashboard/chart.js': [],
  'test/suite.ts': [],
};

/** Imports that break a rule: file, import, and the rules in question. */
const breaches: readonly (readonly [file: string, imported: string, ...rules: string[]])[] = [
  // For each room the neighbour or the next rank up; types and imports at run time count.
  ['src/common/up.ts', '../config/settings.js', 'rank:common'],
  ['src/config/up.ts', '../common/ids.js', 'rank:config'],
  ['src/database/up.ts', '../queue/claim-loop.js', 'rank:database'],
  ['src/graphql/up.ts', '../http/pools.js', 'rank:graphql'],
  ['src/http/up.ts', '../queue/claim-loop.js', 'rank:http'],
  ['src/queue/up.ts', '../projects/projects.service.js', 'rank:queue'],
  ['src/metrics/up.ts', '../projects/projects.service.js', 'rank:metrics'],
  ['src/server/up.ts', '../events/event-log.js', 'rank:server'],
  ['src/projects/up.ts', '../events/event-log.js', 'rank:projects'],
  ['src/events/up.ts', 'type ../providers/ports/provider.js', 'rank:events'],
  ['src/providers/up.ts', '../templates/templates.service.js', 'rank:providers'],
  ['src/templates/up.ts', '../messages/messages.service.js', 'rank:templates'],
  ['src/media/up.ts', '../templates/templates.service.js', 'rank:media'],
  ['src/messages/up.ts', 'lazy ../payments/payments.service.js', 'rank:messages'],
  ['src/verifications/up.ts', '../payments/payments.service.js', 'rank:verifications'],
  ['src/payments/up.ts', '../callbacks/door.js', 'rank:payments'],
  ['src/callbacks/up.ts', '../webhooks/fan-out.js', 'rank:callbacks'],
  ['src/callbacks/up.ts', '../app.module.js', 'rank:callbacks'],
  ['src/webhooks/up.ts', 'type ../providers/ports/provider.js', 'rank:webhooks'],
  ['src/simulator/up.ts', '../projects/projects.service.js', 'rank:simulator'],
  ['src/simulator/up.ts', 'type ../providers/ports/provider.js', 'rank:simulator'],
  ['src/simulator/up.ts', 'type ../providers/doku/doku.provider.js', 'rank:simulator'],
  ['src/start.ts', './demo/story.js', 'rank:root'],
  ['src/demo/page.ts', '../dashboard/chart.js', 'rank:demo', 'dashboard-is-a-file'],
  ['src/utils/strings.ts', '../common/ids.js', 'room-without-rank'],

  // Private files, from a room, a spec and the composition root.
  ['src/payments/peeks.ts', '../messages/message.entity.js', 'private-files'],
  ['src/payments/peeks.ts', '../messages/messages.resolver.js', 'private-files'],
  ['src/payments/peeks.ts', '../messages/messages.subscriptions.js', 'private-files'],
  ['src/payments/peeks.ts', '../messages/messages.controller.js', 'private-files'],
  ['src/payments/peeks.ts', '../messages/submit.job.js', 'private-files'],
  ['src/payments/peeks.ts', 'type ../messages/send-message.input.js', 'private-files'],
  ['src/payments/peeks.spec.ts', '../messages/message.entity.js', 'private-files'],
  ['src/entities.ts', './messages/message.entity.js', 'private-files'],

  // Adapters, and what reaches into them.
  ['src/providers/doku/out.ts', '../wappin/wappin.provider.js', 'adapter-imports'],
  ['src/providers/doku/out.ts', '../catalogue.js', 'adapter-imports'],
  ['src/providers/doku/out.ts', '../../projects/projects.service.js', 'adapter-imports'],
  ['src/providers/doku/out.ts', 'type ../../http/pools.js', 'adapter-imports'],
  ['src/providers/doku/out.ts', 'typeorm', 'adapter-imports'],
  ['src/providers/doku/out.ts', 'undici', 'adapter-imports', 'one-way-out'],
  ['src/providers/doku/out.ts', 'node:https', 'one-way-out'],
  ['src/providers/doku/out.ts', 'both ../../http/http.js', 'adapter-http-types'],
  ['src/messages/knows-a-provider.ts', 'type ../providers/doku/doku.wire.js', 'adapter-is-private'],
  ['src/providers/provider-pool.ts', './doku/doku.provider.js', 'adapter-is-private'],
  ['src/simulator/borrows.ts', '../providers/doku/doku.wire.js', 'simulator-shares-types'],
  ['src/simulator/borrows-one.ts', 'both ../providers/doku/doku.wire.js', 'simulator-shares-types'],

  // The way out, the framework, history, the page.
  ['src/projects/calls.ts', 'undici', 'one-way-out'],
  ['src/projects/calls.ts', 'node:http', 'one-way-out'],
  ['src/projects/calls.ts', 'both node:http2', 'one-way-out'],
  ['src/common/decorated.ts', '@nestjs/common', 'common-knows-no-framework'],
  ['src/database/migrations/2-borrows.ts', '../../common/ids.js', 'migrations-stand-alone'],
  ['src/dashboard/nosy.js', '../common/ids.js', 'dashboard-imports-nothing'],
  ['src/start.spec.ts', './dashboard/chart.js', 'dashboard-is-a-file'],

  // Cycles, of values and of types; each is named once.
  ['src/events/hen.ts', './egg.js'],
  ['src/events/egg.ts', './hen.js', 'no-cycles'],
  ['src/events/ask.ts', 'type ./answer.js'],
  ['src/events/answer.ts', 'type ./ask.js', 'no-cycles'],

  // What has no business in src, or in the program.
  ['src/graphql/index.ts', './connection.js'],
  ['src/graphql/through-a-barrel.ts', './index.js', 'no-barrels'],
  [
    'src/graphql/leans.ts',
    '../providers/doku/doku.spec.js',
    'rank:graphql',
    'adapter-is-private',
    'nobody-imports-a-spec',
  ],
  ['src/graphql/leans.ts', '../../test/suite.js', 'src-stays-in-src'],
  ['src/graphql/packages.ts', 'vitest', 'no-dev-dependency'],
  ['src/graphql/packages.ts', 'undeclared', 'declared-dependency'],
  ['src/graphql/packages.ts', 'not-installed', 'resolvable'],
  ['src/graphql/packages.ts', './nowhere.js', 'resolvable'],
];

/** Files that break a rule by themselves. */
const useless: House = {
  'src/common/left-over.ts': [],
  'src/common/for-specs.ts': ['./ids.js'],
  'src/common/ids.spec.ts': ['./for-specs.js', 'vitest'],
};
const uselessErrors = [
  'no-code-for-tests-alone: src/common/for-specs.ts',
  'no-code-for-tests-alone: src/common/left-over.ts',
  'no-orphans: src/common/left-over.ts',
];

const manifest = {
  name: 'model',
  version: '1.0.0',
  type: 'module',
  dependencies: { '@nestjs/common': '1.0.0', typeorm: '1.0.0', undici: '1.0.0' },
  devDependencies: { vitest: '1.0.0' },
};
const installed = ['@nestjs/common', 'typeorm', 'undici', 'vitest', 'undeclared'];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kurir-imports-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function statement(imported: string, n: number): string {
  const [how, name] = imported.includes(' ') ? imported.split(' ') : ['value', imported];
  switch (how) {
    case 'type':
      return `import { type T${n} } from '${name}'; export let t${n}: T${n};`;
    case 'both':
      return `import { type T${n}, v as v${n} } from '${name}'; export let b${n}: [T${n}, typeof v${n}] = [{}, v${n}];`;
    case 'lazy':
      return `export const lazy${n} = () => import('${name}');`;
    default:
      return `import { v as v${n} } from '${name}'; export const w${n} = v${n};`;
  }
}

/** How the check names the file that an import leads to. */
function target(file: string, imported: string): string {
  const name = imported.split(' ').at(-1)!;
  if (name.startsWith('node:')) return name.slice(5);
  if (installed.includes(name)) return `node_modules/${name}/main.js`;
  if (!name.startsWith('.') || name === './nowhere.js') return name;
  const path = join(dirname(file), name);
  return path.startsWith('src/dashboard/') ? path : path.replace(/\.js$/, '.ts');
}

/** Writes the houses down, one into the other, and answers where. */
async function build(...houses: House[]): Promise<string> {
  const base = await mkdtemp(join(folder, 'house-'));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(base, file)), { recursive: true });
    await writeFile(join(base, file), text);
  };
  await write('package.json', JSON.stringify(manifest));
  for (const name of installed) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'main.js' }));
    await write(`node_modules/${name}/main.js`, 'export const v = 1;');
  }
  for (const [file, imports] of houses.flatMap((house) => Object.entries(house))) {
    await write(file, [...imports.map(statement), 'export const v = 1;'].join('\n'));
  }
  return base;
}

/** Runs what `npm run check:imports` runs. Gives each error as `rule: from → to`, or `rule: file`. */
function errorsOf(base: string): Promise<string[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', config, '--output-type', 'json', 'src'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: base, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr, { cause: error }));
      const { violations } = (JSON.parse(stdout) as ICruiseResult).summary;
      const line = (name: string, from: string, to: string) => `${name}: ${from === to ? from : `${from} → ${to}`}`;
      resolve(violations.map(({ rule, from, to }) => line(rule.name, from, to)).sort());
    });
  });
}

describe('the import rules', () => {
  it('are all errors', () => {
    expect(forbidden.filter((rule) => rule.severity !== 'error')).toEqual([]);
  });

  it('let a sound house stand', async () => {
    expect(await errorsOf(await build(sound))).toEqual([]);
  });

  it('name each import that breaks one, and no other', async () => {
    const house: Record<string, string[]> = {};
    for (const [file, imported] of breaches) (house[file] ??= []).push(imported);
    const errors = await errorsOf(await build(sound, house));
    expect(errors.filter((error) => error.includes(' → '))).toEqual(
      breaches
        .flatMap(([file, imported, ...rules]) => rules.map((rule) => `${rule}: ${file} → ${target(file, imported)}`))
        .sort(),
    );
  });

  it('name each file that no program uses', async () => {
    expect(await errorsOf(await build(sound, useless))).toEqual(uselessErrors);
  });

  it('can every one of them fail', () => {
    const shown = [
      ...breaches.flatMap(([, , ...rules]) => rules),
      ...uselessErrors.map((error) => error.split(': ')[0]),
    ];
    expect(forbidden.map((rule) => rule.name).filter((name) => !shown.includes(name))).toEqual([]);
  });

  it('are kept by src', async () => {
    expect(await errorsOf(root)).toEqual([]);
  });
});
