import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type IdPrefix, newId, prefixOf, publicId, readUuid, uuidOf } from './ids.js';

const prefix = fc.constantFrom<IdPrefix>('msg', 'att', 'tpl', 'acc', 'key', 'prj', 'opt');

it('a public id leads back to its row, by its own kind alone', () => {
  fc.assert(
    fc.property(fc.uuid(), prefix, prefix, (uuid, own, other) => {
      const id = publicId(own, uuid);
      expect(id).toMatch(/^[a-z]{3}_[0-9a-f]{32}$/);
      expect(prefixOf(id)).toBe(own);
      expect(uuidOf(other, id)).toBe(own === other ? uuid : null);
    }),
  );
});

it.each([
  '',
  'msg_',
  'msg_0190a0a0000070008000000000000001x',
  'msg_0190A0A0000070008000000000000001',
  'msg_0190a0a0-0000-7000-8000-000000000001',
  '0190a0a0-0000-7000-8000-000000000001',
  ' msg_0190a0a0000070008000000000000001',
  'msg_0190a0a0000070008000000000000001\n',
])('%j is the id of nothing', (id) => {
  expect(uuidOf('msg', id)).toBeNull();
  expect(prefixOf(id)).toBeNull();
});

it('ids are made in the order of their sorting', () => {
  const made = Array.from({ length: 5_000 }, newId);
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

it.each([
  ['0190A0A0-0000-7000-8000-000000000001', '0190a0a0-0000-7000-8000-000000000001'],
  [' 0190a0a0-0000-7000-8000-000000000001\n', '0190a0a0-0000-7000-8000-000000000001'],
  ['0190a0a0000070008000000000000001', null],
  ['0190a0a0-0000-7000-8000-00000000000', null],
  ['', null],
])('a UUID is read of %j as %j', (written, expected) => {
  expect(readUuid(written)).toBe(expected);
});
