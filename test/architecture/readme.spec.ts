import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';
import { CAPABILITIES, type Capability, capabilitiesOf } from '../../src/providers/capability.js';
import { CATALOGUE } from '../../src/providers/catalogue.js';
import { type MediaType } from '../../src/providers/ports/messaging.js';
import { type Provider, type ProviderDefinition, type Tools } from '../../src/providers/ports/provider.js';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'README.md');
const ADOPT = 'npx vitest run test/architecture/readme.spec.ts --update';

/** Nothing is called to learn what an account could do: a capability is the presence of a port. */
const NO_TOOLS = {} as Tools;

function blank(definition: ProviderDefinition): Provider {
  const { kind, baseUrls } = definition;
  const named = { id: '', kind, environment: 'SANDBOX', baseUrl: baseUrls.SANDBOX } as const;
  return definition.connect({ ...named, credentials: {}, sender: null, callbackBase: '' }, NO_TOOLS);
}

const MEDIA_TYPES: readonly MediaType[] = ['IMAGE', 'DOCUMENT', 'AUDIO', 'VIDEO'];
const ALL = Object.keys(CAPABILITIES) as Capability[];

function capabilityRow(definition: ProviderDefinition): string[] {
  const provider = blank(definition);
  const present = new Set(capabilitiesOf(provider));
  const types = MEDIA_TYPES.filter((type) => provider.messaging?.media?.[type]);
  return [
    `**${definition.name}**`,
    ...ALL.map((capability) => {
      if (!present.has(capability)) return '';
      return capability === 'MEDIA' ? types.join(', ').toLowerCase() : '✓';
    }),
  ];
}

function accountRow(definition: ProviderDefinition): string[] {
  const { kind, name, credentials, limits } = definition;
  return [
    `**${name}** \`${kind}\``,
    credentials.map((field) => `\`${field.name}\`${field.required ? '' : ' (optional)'}`).join(', '),
    String(limits.requestsPerMinute ?? 'not stated'),
    String(limits.maxBatchSize),
    blank(definition)
      .callbacks?.topics.map((topic) => `\`${topic}\``)
      .join(', ') ?? 'none',
  ];
}

const TABLES = {
  capabilities: {
    head: ['provider', ...ALL.map((capability) => `\`${capability}\``)],
    rows: CATALOGUE.map(capabilityRow),
  },
  accounts: {
    head: ['provider', 'credentials', 'requests a minute', 'messages a request', 'callback topics'],
    rows: CATALOGUE.map(accountRow),
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
