// Builds dist/ when it is missing or older than a source. `--optional`: silently does nothing where the compiler is not
// installed (npm ci --omit=dev), so that an install never fails for it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const compiler = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
const stamp = join(root, 'dist/main.js');

const newest = Math.max(
  ...['src', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'].flatMap((name) => {
    const path = join(root, name);
    if (!existsSync(path)) return [];
    if (statSync(path).isFile()) return [statSync(path).mtimeMs];
    return readdirSync(path, { recursive: true }).map((file) => statSync(join(path, file)).mtimeMs);
  }),
);

if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) {
  if (existsSync(compiler)) {
    process.stderr.write('Building …\n');
    execFileSync(process.execPath, [compiler, 'build'], { cwd: root, stdio: 'inherit' });
  } else if (!process.argv.includes('--optional')) {
    process.stderr.write('dist/ is missing or older than src/, and the compiler is not installed: run npm ci first.\n');
    process.exit(1);
  }
}
