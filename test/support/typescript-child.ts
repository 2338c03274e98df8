/**
 * Node's arguments for a program that imports our TypeScript: Node strips the types, but looks for the `.js` that the imports
 * name. Vitest's own transformation does not reach a child process.
 */
export function typescriptChild(program: string): string[] {
  const hooks = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (specifier, context, next) =>
      next(specifier.startsWith('.') && context.parentURL?.endsWith('.ts') ? specifier.replace(/\\.js$/, '.ts') : specifier, context) });`;
  return [
    '--disable-warning=ExperimentalWarning',
    '--import',
    `data:text/javascript,${encodeURIComponent(hooks)}`,
    '--input-type=module',
    '--eval',
    program,
  ];
}
