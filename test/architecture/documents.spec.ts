import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { EVENT_TYPES, type EventType } from '../../src/events/event-types.js';
import { webhookType } from '../../src/webhooks/webhook-body.js';

const ROOT = join(import.meta.dirname, '../..');
const WEBHOOKS = join(ROOT, 'docs/webhooks.md');
const ADOPT = 'npx vitest run test/architecture/documents.spec.ts --update';

const text = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

const pages = ['README.md', ...(await readdir(join(ROOT, 'docs'))).map((name) => `docs/${name}`)];
/** Each block of GraphQL, with the page that it is on. */
const shown = (
  await Promise.all(
    pages
      .filter((page) => page.endsWith('.md'))
      .map(async (page) => {
        const blocks = (await text(page)).matchAll(/^```graphql\n([\s\S]*?)^```$/gm);
        return [...blocks].map(([, block]) => ({ page, block: block! }));
      }),
  )
).flat();

it('what the pages ask of the API is in the schema', async () => {
  const schema = buildSchema(await text('schema.graphql'));
  const wrong = shown.flatMap(({ page, block }) =>
    validate(schema, parse(block)).map(({ message }) => `${page}: ${message}\n${block}`),
  );
  expect(wrong).toEqual([]);
  expect(shown.map(({ page }) => page)).toEqual(expect.arrayContaining(['README.md', 'docs/webhooks.md']));
});

it('docs/webhooks.md has every type of event, as it is written on the wire', async () => {
  const place = /(<!-- types: [^>]*-->)[\s\S]*(<!-- \/types -->)/;
  const found = await readFile(WEBHOOKS, 'utf8');
  expect(found).toMatch(place);
  const rows = Object.entries(EVENT_TYPES).map(([type, says]) => `| \`${webhookType(type as EventType)}\` | ${says} |`);
  const table = ['| `type` | what it tells |', '| --- | --- |', ...rows].join('\n');
  const options = JSON.parse(await text('.prettierrc.json')) as object;
  const expected = await format(
    found.replace(place, (_whole, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`),
    { ...options, parser: 'markdown' },
  );
  await expect(
    expected,
    `The types in docs/webhooks.md are not those of the code. \`${ADOPT}\` adopts the change.`,
  ).toMatchFileSnapshot(WEBHOOKS);
});
