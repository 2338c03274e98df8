import { describe, expect, it } from 'vitest';
import { LOOPBACK_HOSTS, METADATA_HOSTS, mixesOf, NO_URLS, UNSAFE_URLS } from '../../test/support/unsafe-addresses.js';
import { addressProblem, checkUrl, guardedLookup, type Resolve } from './address-guard.js';

const to =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const nowhere: Resolve = () => Promise.reject(new Error('ENOTFOUND'));
const check = (url: string, allowPrivate = false, resolve: Resolve = nowhere) => checkUrl(url, allowPrivate, resolve);

describe('an address that is saved', () => {
  it.each(LOOPBACK_HOSTS)('is refused as this machine written %j', async (host) => {
    expect(await check(`http://${host}/`)).toMatch(/leads to/);
  });

  it.each(METADATA_HOSTS)('is refused as a metadata service written %j', async (host) => {
    expect(await check(`http://${host}/latest/meta-data`)).toMatch(/leads to/);
  });

  it.each(['127.0.0.1', '169.254.169.254', '10.1.2.3'])('is refused as %s in any mix of bases', async (address) => {
    const taken: string[] = [];
    for (const host of mixesOf(address)) if ((await check(`https://${host}/`)) === null) taken.push(host);
    expect(taken).toEqual([]);
    expect(mixesOf(address).length).toBe(3 + 9 + 27 + 81);
  });

  it.each([...UNSAFE_URLS, ...NO_URLS])('is refused as %j', async (url) => {
    expect(await check(url)).toBeTypeOf('string');
  });

  it.each([
    '0.0.0.0',
    '0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[fe80::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[2001::1]',
    '[100::1]',
    '[4000::1]',
    '[5f00::1]',
    '[3fff::1]',
    '[2001:2::1]',
    '[2001:20::1]',
    '[2620:4f:8000::1]',
    '[::ffff:10.0.0.1]',
    '[64:ff9b:1:2::8.8.8.8]',
    '192.31.196.1',
    '192.88.99.1',
    '203.0.113.1',
    '239.255.255.250',
    '[2002:a00:1::]',
    '[64:ff9b::10.0.0.1]',
  ])('is refused as %s', async (host) => {
    expect(await check(`https://${host}/`)).toMatch(/leads to/);
  });

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '8.8.8.8.',
    '134744072',
    '100.128.0.1',
    '168.63.129.17',
    '169.253.255.255',
    '[2606:4700::1111]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::8.8.8.8]',
    '[2001:4860:4860::5efe:8.8.8.8]',
    '[2002:808:808::1]',
  ])('is taken as %s', async (host) => {
    expect(await check(`https://${host}/`)).toBeNull();
  });

  it.each(['ftp://8.8.8.8/', 'file:///etc/passwd', 'https://user@8.8.8.8/', 'https://:pw@8.8.8.8/', 'not a url'])(
    'is refused for its form, private allowed or not: %s',
    async (url) => {
      expect(await check(url)).toBeTypeOf('string');
      expect(await check(url, true)).toBeTypeOf('string');
    },
  );

  it('may be private where that is allowed, and no name is looked up', async () => {
    expect(await check('http://127.0.0.1:4010', true)).toBeNull();
    expect(await check('http://simulator:4010', true)).toBeNull();
  });

  it('is refused when its name leads to a private address, be it beside a public one', async () => {
    expect(await check('https://rebind.test/', false, to('8.8.8.8', '10.0.0.1'))).toMatch(
      /rebind\.test leads to a private/,
    );
  });

  it.each([
    ['localhost.localdomain', '127.0.0.1'],
    ['ip6-localhost', '::1'],
    ['metadata.google.internal', '169.254.169.254'],
    ['127.0.0.1.nip.io', '127.0.0.1'],
    ['printer.local', 'fe80::1%eth0'],
    ['mapped.test', '::ffff:127.0.0.1'],
    ['08.0.0.1..', '127.0.0.1'],
  ])('is refused as the name %s where it leads to %s', async (name, address) => {
    expect(await check(`https://${name}/`, false, to('8.8.8.8', address))).toMatch(/leads to/);
  });

  it('is taken when its name leads to public addresses', async () => {
    expect(await check('https://dns.test/', false, to('8.8.8.8', '2606:4700::1111'))).toBeNull();
  });

  it('is taken when its name cannot be looked up: the connection is checked again', async () => {
    expect(await check('https://gateway.test/')).toBeNull();
  });
});

describe('an address', () => {
  it('that is none is no public one', () => {
    expect(addressProblem('dns.test')).toBe('no IP address');
  });
});

describe('the lookup of a connection', () => {
  const looked = (resolve: Resolve, options: { all?: boolean; family?: number } = {}, allowPrivate = false) =>
    new Promise<unknown[]>((done) => guardedLookup(allowPrivate, resolve)('name.test', options, (...all) => done(all)));

  it('hands out the very addresses that it has checked', async () => {
    expect(await looked(to('8.8.8.8'), { all: true })).toEqual([null, [{ address: '8.8.8.8', family: 4 }]]);
    expect(await looked(to('8.8.8.8', '2606:4700::1111'), { family: 6 })).toEqual([null, '2606:4700::1111', 6]);
  });

  it('refuses a name with one address that is not public', async () => {
    expect(await looked(to('8.8.8.8', '127.0.0.1'), { all: true })).toMatchObject([{ code: 'REFUSED_ADDRESS' }, []]);
  });

  it('lets private addresses through where they are allowed', async () => {
    expect(await looked(to('127.0.0.1'), {}, true)).toEqual([null, '127.0.0.1', 4]);
  });

  it('passes on that a name has no address', async () => {
    expect(await looked(nowhere)).toMatchObject([{ message: 'ENOTFOUND' }, []]);
    expect(await looked(to(), { all: true })).toMatchObject([{ code: 'ENOTFOUND' }, []]);
  });

  it('asks once for connections that are opened together', async () => {
    let asked = 0;
    const lookup = guardedLookup(false, async () => {
      asked += 1;
      return [{ address: '8.8.8.8', family: 4 }];
    });
    await Promise.all([1, 2, 3].map(() => new Promise((done) => lookup('name.test', {}, done))));
    expect(asked).toBe(1);
  });
});
