import { describe, expect, it } from 'vitest';
import { addressProblem, checkUrl, guardedLookup, type Resolve } from './address-guard.js';

const to =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const nowhere: Resolve = () => Promise.reject(new Error('ENOTFOUND'));
const check = (url: string, allowPrivate = false, resolve: Resolve = nowhere) => checkUrl(url, allowPrivate, resolve);

describe('an address that is saved', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '127.255.255.254',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
    '１２７.0.0.1',
    '127。0。0。1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::127.0.0.1]',
    '[2002:7f00:1::]',
    'localhost',
    'LOCALHOST.',
    'api.localhost',
  ])('is refused as this machine written %s', async (host) => {
    expect(await check(`http://${host}/`)).toMatch(/leads to/);
  });

  it.each([
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0xA9.0xFE.0xA9.0xFE',
    '0251.0376.0251.0376',
    '025177524776',
    '169.16689662',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::1]',
    '[fd00:ec2::254]',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
  ])('is refused as a metadata service written %s', async (host) => {
    expect(await check(`http://${host}/latest/meta-data`)).toMatch(/leads to/);
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
    '[2002:a00:1::]',
    '[64:ff9b::10.0.0.1]',
  ])('is refused as %s', async (host) => {
    expect(await check(`https://${host}/`)).toMatch(/leads to/);
  });

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '[2606:4700::1111]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::8.8.8.8]',
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
