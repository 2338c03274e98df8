import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';
import { CAPABILITIES, capabilitiesOf } from '../../src/providers/capability.js';
import { CATALOGUE } from '../../src/providers/catalogue.js';
import { type ProviderDefinition, type Tools } from '../../src/providers/ports.js';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'README.md');
const ADOPT = 'npx vitest run test/architecture/readme.spec.ts --update';

/** Nothing is called to learn what an account could do: a capability is the presence of a port. */
const NO_TOOLS = {} as Tools;

function providerRow(definition: ProviderDefinition): string[] {
  const { kind, name, baseUrls, credentials, limits } = definition;
  const blank = { id: '', kind, environment: 'SANDBOX', baseUrl: baseUrls.SANDBOX, credentials: {} } as const;
  const provider = definition.connect(blank, NO_TOOLS);
  return [
    `**${name}** \`${kind}\``,
    capabilitiesOf(provider)
      .map((capability) => `\`${capability}\`: ${CAPABILITIES[capability]}`)
      .join('<br>'),
    credentials.map((field) => `\`${field.name}\`${field.required ? '' : ' (optional)'}`).join(', '),
    String(limits.requestsPerMinute ?? 'not stated'),
    provider.callbacks?.topics.map((topic) => `\`${topic}\``).join(', ') ?? 'none',
  ];
}

const TABLES = {
  providers: {
    head: ['provider', 'what an account of it can do', 'credentials', 'requests a minute', 'callback topics'],
    rows: CATALOGUE.map(providerRow),
  },
  settings: {
    head: ['setting', 'default', 'meaning'],
    rows: SETTINGS.map((setting) => [
      `\`${setting.name}\``,
      setting.default === '' ? '' : `\`${setting.default}\``,
      setting.meaning,
    ]),
  },
};

function table({ head, rows }: { head: string[]; rows: readonly string[][] }): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

it('the tables of the README are what the catalogue and the settings say', async () => {
  let text = await readFile(README, 'utf8');
  for (const [name, content] of Object.entries(TABLES)) {
    const place = new RegExp(`(<!-- ${name}: [^>]*-->)[\\s\\S]*(<!-- /${name} -->)`);
    expect(text).toMatch(place);
    text = text.replace(place, (_whole, begin: string, end: string) => `${begin}\n\n${table(content)}\n\n${end}`);
  }
  const options = JSON.parse(await readFile(join(ROOT, '.prettierrc.json'), 'utf8')) as object;
  const expected = await format(text, { ...options, parser: 'markdown' });
  await expect(
    expected,
    `A table of README.md is not what the code says. \`${ADOPT}\` adopts the change.`,
  ).toMatchFileSnapshot(README);
});
