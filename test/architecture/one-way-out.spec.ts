import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../src');
/** src/http is the way out; these stand outside of the house (.dependency-cruiser.cjs, `one-way-out`). */
const MAY_CALL = /^(?:http|simulator|demo|dashboard)\//;

/** What Node gives to everybody, without an import that a rule on imports could see. */
const CALLING_GLOBALS = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']);
/** Modules that connect, and what of them connects to nothing. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  net: ['isIP', 'isIPv4', 'isIPv6', 'createServer'],
  tls: [],
  dgram: [],
  http: [],
  https: [],
  http2: [],
  undici: [],
  ws: ['WebSocketServer'],
};

/** Where a source could open a connection, in words. */
function waysOut(text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) found.push(...connectingImports(node));
    else if (ts.isCallExpression(node) || ts.isNewExpression(node)) found.push(...connectingCalls(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  const imported = new Set(importedNames(source));
  return found.filter((way) => !imported.has(way));
}

const moduleOf = (node: ts.Node): string => (ts.isStringLiteral(node) ? node.text.replace(/^node:/, '') : '');

function connectingImports({ moduleSpecifier, importClause }: ts.ImportDeclaration): string[] {
  const name = moduleOf(moduleSpecifier);
  const harmless = Object.hasOwn(HARMLESS, name) ? HARMLESS[name]! : null;
  if (!harmless || importClause?.isTypeOnly) return [];
  const bindings = importClause?.namedBindings;
  if (!bindings || importClause.name || !ts.isNamedImports(bindings)) return [`all of ${name}`];
  return bindings.elements
    .filter((element) => !element.isTypeOnly)
    .map((element) => (element.propertyName ?? element.name).text)
    .filter((imported) => !harmless.includes(imported))
    .map((imported) => `${imported} of ${name}`);
}

function connectingCalls({ expression, arguments: args }: ts.CallExpression | ts.NewExpression): string[] {
  const isAtRunTime = expression.kind === ts.SyntaxKind.ImportKeyword || expression.getText() === 'require';
  if (isAtRunTime) {
    const name = args?.[0] ? moduleOf(args[0]) : '';
    return Object.hasOwn(HARMLESS, name) ? [`all of ${name}`] : [];
  }
  const called = expression.getText().replace(/^(?:globalThis|global|self|window)\??\./, '');
  return CALLING_GLOBALS.has(called) ? [called] : [];
}

/** A name that is imported hides the global one. */
function importedNames(source: ts.SourceFile): string[] {
  return source.statements.filter(ts.isImportDeclaration).flatMap(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    return bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [];
  });
}

describe('a call to the outside', () => {
  it('is made by src/http alone, which has the address guard', async () => {
    const files = (await readdir(SOURCES, { recursive: true }))
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !MAY_CALL.test(file));
    const ways: string[] = [];
    for (const file of files)
      for (const way of waysOut(await readFile(join(SOURCES, file), 'utf8'))) ways.push(`${file}: ${way}`);
    expect(files.length).toBeGreaterThan(100);
    expect(ways).toEqual([]);
  });

  it.each([
    ['await fetch(url);', 'fetch'],
    ['globalThis.fetch(url);', 'fetch'],
    ['new WebSocket(url);', 'WebSocket'],
    ["import { connect } from 'node:net';", 'connect of net'],
    ["import { isIP, createConnection as open } from 'net';", 'createConnection of net'],
    ["import net from 'node:net';", 'all of net'],
    ["import * as tls from 'node:tls';", 'all of tls'],
    ["import { type Socket, createSocket } from 'node:dgram';", 'createSocket of dgram'],
    ["const http = await import('node:http');", 'all of http'],
    ["import { WebSocket } from 'ws'; new WebSocket(url);", 'WebSocket of ws'],
    ["require('undici');", 'all of undici'],
  ])('would be seen as %s', (source, way) => {
    expect(waysOut(source)).toEqual([way]);
  });

  it.each([
    "import { type Socket } from 'node:net';",
    "import type net from 'node:net';",
    "import { isIP } from 'node:net';",
    "import { type WebSocket, WebSocketServer } from 'ws';",
    "import { fetch } from './kitchen.js'; fetch(dish);",
    'this.fetch(); links.fetch(url);',
  ])('is none of: %s', (source) => {
    expect(waysOut(source)).toEqual([]);
  });
});
