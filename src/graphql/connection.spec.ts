import { describe, expect, it } from 'vitest';
import { connection, readCursor, sizeOfPage } from './connection.js';

describe('the size of a page', () => {
  it('is from 1 to 200, else BAD_USER_INPUT that names it', () => {
    expect([1, 200].map((first) => sizeOfPage(first))).toEqual([1, 200]);
    for (const first of [0, -1, 201]) {
      expect(() => sizeOfPage(first)).toThrow(
        expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', field: 'first' } }) as Error,
      );
    }
  });

  it('is the usual one where null was asked for', () => {
    expect([sizeOfPage(null), sizeOfPage(undefined, 100)]).toEqual([50, 100]);
  });
});

it('a cursor of another list is BAD_USER_INPUT that names it', () => {
  expect(readCursor(null, () => null)).toBeNull();
  expect(readCursor('7', (cursor) => cursor)).toBe('7');
  expect(() => readCursor('nonsense', () => null)).toThrow(
    expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }) as Error,
  );
});

describe('a page', () => {
  it('is counted only when the count is read', async () => {
    let counted = 0;
    const page = connection({
      rows: [3, 2],
      hasNextPage: true,
      hasPreviousPage: false,
      node: (row) => ({ row }),
      cursor: String,
      count: async () => ++counted,
    });
    expect(page.edges).toEqual([
      { cursor: '3', node: { row: 3 } },
      { cursor: '2', node: { row: 2 } },
    ]);
    expect(page.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: '3', endCursor: '2' });
    expect(counted).toBe(0);
    expect(await page.totalCount).toBe(1);
  });

  it('that is empty has no cursors', () => {
    const page = connection({
      rows: [],
      hasNextPage: false,
      hasPreviousPage: true,
      node: (row) => row,
      cursor: String,
    });
    expect(page.pageInfo).toMatchObject({ startCursor: null, endCursor: null });
  });
});
