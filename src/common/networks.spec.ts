import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressPrefix, clientAddress, Networks } from './networks.js';

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.2.3.4', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:db8:0::1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['0.0.0.0/0', 'nobody', false],
  ])('%s holds %s: %s', (block, ip, held) => {
    expect(new Networks([block]).has(ip)).toBe(held);
  });
});

describe('the client behind proxies', () => {
  const trusted = new Networks(['10.0.0.0/8']);
  it.each([
    ['is the peer without proxies', '198.51.100.1', undefined, '198.51.100.1'],
    ['is the peer when the peer is not trusted, whatever it claims', '198.51.100.1', '1.1.1.1', '198.51.100.1'],
    ['is what a trusted proxy saw', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'is the farthest that only trusted ones stand before',
      '10.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.0.0.2',
      '198.51.100.1',
    ],
    ['is the proxy itself when it forwarded for nobody', '10.0.0.1', '', '10.0.0.1'],
  ])('%s', (_name, peer, forwarded, client) => {
    expect(clientAddress(peer, forwarded, trusted)).toBe(client);
  });
});

describe('what an address is counted by', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
  ])('is for %s %s', (ip, prefix) => {
    expect(addressPrefix(ip)).toBe(prefix);
  });

  it('is the same for a household, whichever of its addresses it comes from', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        const written = (last: readonly number[]): string =>
          [0x2000, ...one.slice(1, 4), ...last.slice(4)].map((group) => group.toString(16)).join(':');
        expect(addressPrefix(written(other))).toBe(addressPrefix(written(one)));
      }),
    );
  });

  it('is there for all that Node takes for an address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        fc.pre(isIP(ip) !== 0);
        expect(addressPrefix(ip)).toMatch(/^(\d+(\.\d+){3}|[0-9a-f:]+\/64)$/);
      }),
    );
  });
});
