import { describe, expect, it } from 'vitest';
import { Files } from './files.js';

const file = (bytes: Buffer, id?: string) => ({
  ...(id !== undefined && { id }),
  ...{ account: 'a', bytes, mimeType: 'text/plain', filename: null, at: new Date(0) },
});

describe('the files', () => {
  it('are found by their ids, with the hash of their bytes', () => {
    const files = new Files();
    const { id } = files.add(file(Buffer.from('abc')));
    expect(files.get(id)).toMatchObject({
      bytes: Buffer.from('abc'),
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect(files.delete(id)).toBe(true);
    expect([files.get(id), files.delete(id)]).toEqual([undefined, false]);
  });

  it('give way to newer ones when there are too many bytes, the oldest first', () => {
    const files = new Files();
    const large = Buffer.alloc(100 * 1024 * 1024);
    for (let n = 0; n < 6; n++) files.add(file(large, `f${n}`));
    expect(['f0', 'f1', 'f5'].map((id) => files.get(id) !== undefined)).toEqual([false, true, true]);
  });
});
