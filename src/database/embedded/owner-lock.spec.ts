import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeOwnership } from './owner-lock.js';
import { processStart } from './process-start.js';
import { typescriptChild } from '../../../test/support/typescript-child.js';

describe('takeOwnership', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'kurir-owner-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('refuses a second owner with a sentence that names the first one’s process', async () => {
    await takeOwnership(dataDir);
    await expect(takeOwnership(dataDir)).rejects.toThrow(
      `Another Kurir (process ${process.pid}) is using ${dataDir}: stop it first`,
    );
  });

  it('lets the next owner in when the first has given up, and leaves no file behind', async () => {
    const release = await takeOwnership(dataDir);
    await release();
    expect(await readdir(dataDir)).toEqual([]);
    await (
      await takeOwnership(dataDir)
    )();
  });

  it('takes over from an owner whose process is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(join(dataDir, 'owner'), `${pid}\nwhenever\n`);
    await takeOwnership(dataDir);
    expect(await readFile(join(dataDir, 'owner'), 'utf8')).toMatch(new RegExp(`^${process.pid}\n`));
  });

  it('takes over when the owner’s process id was given to another program', async () => {
    await writeFile(join(dataDir, 'owner'), `${process.pid}\nanother start\n`);
    await takeOwnership(dataDir);
    expect(await readFile(join(dataDir, 'owner'), 'utf8')).toBe(`${process.pid}\n${processStart(process.pid)}\n`);
  });

  it('takes over from a file that a power cut left empty', async () => {
    await writeFile(join(dataDir, 'owner'), '');
    await expect(takeOwnership(dataDir)).resolves.toBeTypeOf('function');
  });

  it('does not take away the file of an owner that came after it', async () => {
    const release = await takeOwnership(dataDir);
    await writeFile(join(dataDir, 'owner'), 'somebody else');
    await release();
    expect(await readFile(join(dataDir, 'owner'), 'utf8')).toBe('somebody else');
  });

  it('takes over although another was killed in the middle of taking over', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (const name of ['owner', 'owner.next', 'owner.0123456789ab'])
      await writeFile(join(dataDir, name), `${pid}\nwhenever\n`);
    await takeOwnership(dataDir);
    expect(await readdir(dataDir)).toEqual(['owner']);
  });

  it('has one winner when several processes find a stale owner at once', async () => {
    await writeFile(join(dataDir, 'owner'), '');
    const children = Array.from({ length: 6 }, () =>
      spawn(
        process.execPath,
        typescriptChild(
          `import { takeOwnership } from ${JSON.stringify(new URL('./owner-lock.ts', import.meta.url).href)};
           process.stdin.once('data', () => takeOwnership(${JSON.stringify(dataDir)}).then(() => console.log('won'), () => console.log('lost')));
           process.stdin.on('end', () => process.exit());
           console.log('there');`,
        ),
        { stdio: ['pipe', 'pipe', 'inherit'] },
      ),
    );
    await Promise.all(children.map(nextLine));
    const answers = children.map(nextLine);
    for (const child of children) child.stdin.write('go\n');
    expect((await Promise.all(answers)).filter((answer) => answer === 'won')).toHaveLength(1);
    for (const child of children) child.stdin.end();
    await Promise.all(children.map((child) => once(child, 'exit')));
  });
});

async function nextLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return chunk.toString().trim();
}
