import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIMULATED_KINDS } from './accounts.js';
import { MAGIC_RECIPIENTS, magicOf } from './magic-recipients.js';

const everyone = fc.constantFrom(...SIMULATED_KINDS);
const name = fc.constantFrom(...Object.keys(MAGIC_RECIPIENTS));
const prefix = fc.constantFrom('628120', '91812');

describe('a magic number', () => {
  it('asks for what its last digits name, with an Indonesian and with an Indian number', () => {
    fc.assert(
      fc.property(everyone, prefix, name, (kind, before, digits) => {
        const behaviour = MAGIC_RECIPIENTS[digits]?.behaviours[kind];
        const expected = behaviour && { behaviour, firstTryOnly: false };
        expect(magicOf(kind, before + digits.padStart(7, '0'))).toEqual(expected);
      }),
    );
  });

  it('asks for it at the first try alone with a 1 before the three digits, or in front of a longer code', () => {
    fc.assert(
      fc.property(everyone, prefix, name, (kind, before, digits) => {
        const behaviour = MAGIC_RECIPIENTS[digits]?.behaviours[kind];
        const tail = digits.length === 3 ? `0001${digits}` : `1${digits.padStart(6, '0')}`;
        expect(magicOf(kind, before + tail)).toEqual(behaviour && { behaviour, firstTryOnly: true });
      }),
    );
  });

  it('is nobody else’s number', () => {
    const ordinary = fc.stringMatching(/^[1-9]\d{7,14}$/).filter((digits) => !/^(628120|91812)/.test(digits));
    fc.assert(
      fc.property(everyone, ordinary, (kind, digits) => {
        expect(magicOf(kind, digits)).toBeUndefined();
      }),
    );
  });

  it.each(['62812', '6281200000', '62812000005030', '6281200002503', '6281220000503', '9181200030005x'])(
    'is not %s',
    (digits) => {
      for (const kind of SIMULATED_KINDS) expect(magicOf(kind, digits)).toBeUndefined();
    },
  );
});
