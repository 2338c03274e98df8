import { join } from 'node:path';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import fc from 'fast-check';
import { parse, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimalsOf, MOST_MINOR_UNITS, writeMoney } from '../../src/common/money.js';
import { type Gateway, startGateway } from '../support/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const fileOf = async (name: string): Promise<Record<string, unknown>> =>
  await import(join(import.meta.dirname, '../../src/dashboard', name));

/** Every document that the page sends, by its name. */
async function queries(): Promise<[string, string][]> {
  const documents = Object.entries(await fileOf('queries.js')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  expect(documents.length).toBeGreaterThan(5);
  return documents;
}

describe('the dashboard', () => {
  it('is served with every file that it names, and names no other host', async () => {
    const page = await fetch(`${gateway.url}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const seen = new Set<string>();
    const look = async (url: URL, text: string): Promise<void> => {
      expect(text, url.href).not.toMatch(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]/i);
      for (const [, inPage, imported] of text.matchAll(/(?:src|href)="([^"#:]+)"|from '(\.[^']+)'/g)) {
        const next = new URL(inPage ?? imported ?? '', url);
        if (seen.has(next.href)) continue;
        seen.add(next.href);
        const file = await fetch(next);
        expect(file.status, next.href).toBe(200);
        await look(next, await file.text());
      }
    };
    await look(new URL(`${gateway.url}/`), await page.text());
    expect(seen.size).toBe(11);
  });

  it('may run, load and speak to nothing but this gateway, whose page nobody frames', async () => {
    const policy = (await fetch(`${gateway.url}/`)).headers.get('content-security-policy');
    expect(policy?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      'img-src data:',
      "script-src 'self'",
      "style-src 'self'",
    ]);
  });

  it('asks only for what the schema has', async () => {
    const { schema } = gateway.app.nest.get(GraphQLSchemaHost);
    for (const [name, text] of await queries()) expect(validate(schema, parse(text)), name).toEqual([]);
  });

  it('asks for nothing with which a reader could prove a number in the place of its person', async () => {
    const { schema } = gateway.app.nest.get(GraphQLSchemaHost);
    const asked = new Set<string>();
    for (const [, text] of await queries()) {
      const types = new TypeInfo(schema);
      const Field = (): void => void asked.add(`${types.getParentType()?.name}.${types.getFieldDef()?.name}`);
      visit(parse(text), visitWithTypeInfo(types, { Field }));
    }
    const ofVerifications = [...asked].filter((field) => field.startsWith('Verification'));
    expect(ofVerifications).toContain('VerificationStep.account');
    for (const secret of ['waLink', 'waMessage', 'qrCode', 'watchToken'])
      expect(ofVerifications).not.toContain(`Verification.${secret}`);
    expect(ofVerifications).not.toContain('VerificationStep.message');
  });
});

describe('an amount on the dashboard', () => {
  type Write = (money: { value: number; currency: string; decimals: number }) => string;

  it('is written as everywhere else, to the last digit', async () => {
    const { money } = (await fileOf('view.js')) as { money: Write };
    const currency = fc.constantFrom('INR', 'IDR', 'JPY', 'USD', 'KWD', 'XXX');
    fc.assert(
      fc.property(fc.bigInt(0n, MOST_MINOR_UNITS), currency, (value, code) => {
        const decimals = decimalsOf(code);
        expect(money({ value: Number(value), currency: code, decimals })).toBe(writeMoney(value, code));
      }),
    );
    expect(money({ value: 1234, currency: 'INR', decimals: 2 })).toBe('₹12.34');
    expect(money({ value: 3_000_000_000, currency: 'IDR', decimals: 0 })).toBe('Rp3.000.000.000');
    expect(money({ value: Number(MOST_MINOR_UNITS), currency: 'INR', decimals: 2 })).toBe('₹9,00,71,99,25,47,409.91');
  });

  it('is told also where a rail names a currency that is none', async () => {
    const { money } = (await fileOf('view.js')) as { money: Write };
    expect(money({ value: 7, currency: '<b>€</b>', decimals: 2 })).toBe('0.07 <b>€</b>');
  });
});

describe('SIMULATOR_PORT', () => {
  it('starts the providers beside the gateway, and they end with it', async () => {
    const beside = await startGateway({ env: { SIMULATOR_PORT: '0' } });
    const url = beside.app.simulatorUrl;
    expect((await fetch(`${url}/_simulator`)).status).toBe(200);
    await beside.close();
    await expect(fetch(`${url}/_simulator`)).rejects.toThrow();
  });
});
