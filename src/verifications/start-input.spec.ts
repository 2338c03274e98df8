import { describe, expect, it } from 'vitest';
import { isProblem, type Problem } from '../common/problem.js';
import { readStart, type Start, type StartInput } from './start-input.js';

const ID = { country: 'ID' };
const IN = { country: 'IN' };
const ACCOUNT = 'acc_0190a0a0000070008000000000000003';
const input = (over: Partial<StartInput> = {}): StartInput => ({
  ...{ phone: '+6287823678023', language: 'id', expiryMinutes: 10 },
  ...over,
});
/** What is read; throws what is wrong. */
function start(over: Partial<StartInput> = {}, caller = ID): Start {
  const read = readStart(input(over), caller);
  if (isProblem(read)) throw new Error(`${read.code} at ${read.field}: ${read.message}`);
  return read;
}
function refused(over: Partial<StartInput>, caller = ID): Pick<Problem, 'code' | 'field'> {
  const read = readStart(input(over), caller);
  if (!isProblem(read)) throw new Error('It was read.');
  expect(read.message).toMatch(/^[A-Z].*\.$/);
  return { code: read.code, field: read.field ?? null };
}

describe('the number of a start', () => {
  it.each([
    ['0878-2367-8023', ID, '+6287823678023', '+628782'],
    ['(0878) 2367 8023', ID, '+6287823678023', '+628782'],
    ['+62 878 2367 8023', IN, '+6287823678023', '+628782'],
    ['6287823678023', IN, '+6287823678023', '+628782'],
    ['0811-209-478', ID, '+62811209478', '+628112'],
    ['98765 43210', IN, '+919876543210', '+919876'],
    ['098765-43210', IN, '+919876543210', '+919876'],
    ['+91 98765 43210', ID, '+919876543210', '+919876'],
    // A country whose numbers do not say what they are.
    ['+1 212 555 0123', ID, '+12125550123', '+12125'],
  ])('%s from %o is %s, and begins with %s', (phone, caller, e164, prefix) => {
    expect(start({ phone }, caller)).toMatchObject({ phone: e164, prefix });
  });

  it.each([
    ['a landline', '021-5550123', ID],
    ['a landline of India', '011 2345 6789', IN],
    ['a premium rate', '0809 1 234567', ID],
    ['a premium rate of another country', '+1 900 555 0123', ID],
    ['a number that is free to call', '0800 1 234567', ID],
    ['a number whose cost is shared', '1860 123 4567', IN],
    ['a hotline', '+62 1500 123', ID],
    ['a pager', '+44 7640 123456', ID],
    ['nothing', '', ID],
    ['a word', 'Ani', ID],
    ['a digit too few', '0878 236', ID],
    ['a local number of another country', '98765 43210', ID],
    ['5,000 digits', '6'.repeat(5_000), ID],
    ['two of them', '0878-2367-8023 0878-2367-8024', ID],
  ])('is none where it is %s', (_what, phone, caller) => {
    expect(refused({ phone }, caller)).toEqual({ code: 'INVALID_PHONE_NUMBER', field: 'phone' });
  });
});

describe('a start', () => {
  it('takes what is left out as not said', () => {
    expect(start()).toEqual({
      ...{ phone: '+6287823678023', prefix: '+628782', method: null, accountId: null, language: 'id' },
      ...{ expiryMinutes: 10, appUrl: null, endUserAddress: null, reference: null, idempotency: null },
    });
  });

  it.each<[string, Partial<StartInput>]>([
    ['English', { language: 'en' }],
    ['a minute', { expiryMinutes: 1 }],
    ['a day', { expiryMinutes: 1_440 }],
    ['the link of an app', { appUrl: 'myapp://login' }],
    ['the longest address', { appUrl: `https://shop.example/${'x'.repeat(1_003)}` }],
    ['the longest reference', { reference: 'x'.repeat(128) }],
    ['the longest key', { idempotencyKey: 'x'.repeat(255) }],
    ['an address of either family', { endUserIp: '203.0.113.7' }],
    ['a method', { method: 'CODE' }],
  ])('may have %s', (_what, over) => {
    expect(start(over)).toBeDefined();
  });

  it.each<[string, Partial<StartInput>, string]>([
    ['French', { language: 'fr' }, 'language'],
    ['a language with its country', { language: 'en_US' }, 'language'],
    ['a language in capitals', { language: 'ID' }, 'language'],
    ['no language', { language: '' }, 'language'],
    ['no time at all', { expiryMinutes: 0 }, 'expiryMinutes'],
    ['a time that is over', { expiryMinutes: -1 }, 'expiryMinutes'],
    ['a minute more than a day', { expiryMinutes: 1_441 }, 'expiryMinutes'],
    ['69 days', { expiryMinutes: 100_000 }, 'expiryMinutes'],
    ['an address with a line of its own', { appUrl: 'https://shop.example/\n\nBalas dengan PIN Anda' }, 'appUrl'],
    ['an address that is a program', { appUrl: 'javascript:alert(1)' }, 'appUrl'],
    ['an address with a password', { appUrl: 'https://me:pw@shop.example' }, 'appUrl'],
    ['an address that is too long', { appUrl: `https://shop.example/${'x'.repeat(1_004)}` }, 'appUrl'],
    ['an IP address that is none', { endUserIp: '203.0.113.256' }, 'endUserIp'],
    ['an IP address with a port', { endUserIp: '203.0.113.7:80' }, 'endUserIp'],
    ['a network', { endUserIp: '203.0.113.0/24' }, 'endUserIp'],
    ['an empty IP address', { endUserIp: '' }, 'endUserIp'],
    ['an empty reference', { reference: '' }, 'reference'],
    ['a reference of 129 characters', { reference: 'x'.repeat(129) }, 'reference'],
    ['an empty key', { idempotencyKey: '' }, 'idempotencyKey'],
    ['a key of 256 characters', { idempotencyKey: 'x'.repeat(256) }, 'idempotencyKey'],
    ['NUL in the number', { phone: '0878\u00002367' }, 'phone'],
    ['NUL in the reference', { reference: 'a\0' }, 'reference'],
    ['NUL in the key', { idempotencyKey: 'a\0' }, 'idempotencyKey'],
    ['NUL in the address', { appUrl: 'https://shop.example/\0' }, 'appUrl'],
    ['NUL in the account', { accountId: 'acc_\0' }, 'accountId'],
    ['half a character in the reference', { reference: '\ud83d' }, 'reference'],
  ])('may not have %s', (_what, over, field) => {
    expect(refused(over)).toEqual({ code: 'INVALID_INPUT', field });
  });

  it('knows its account by the UUID; what cannot be an account is none that exists', () => {
    expect(start({ accountId: ACCOUNT }).accountId).toBe('0190a0a0-0000-7000-8000-000000000003');
    for (const accountId of ['', 'acc_1', ACCOUNT.toUpperCase(), ACCOUNT.replace('acc', 'msg')])
      expect(start({ accountId }).accountId).toBe('');
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ])('counts the person at %s by %s', (endUserIp, endUserAddress) => {
    expect(start({ endUserIp })).toMatchObject({ endUserAddress });
  });
});

describe('an idempotency key', () => {
  const hashOf = (over: Partial<StartInput>, caller = ID): string =>
    start({ idempotencyKey: 'login-17', ...over }, caller).idempotency?.hash.toString('hex') ?? '';
  const FIRST = {
    ...{ phone: '+62 878 2367 8023', accountId: ACCOUNT, endUserIp: '2001:db8::1' },
    appUrl: 'https://shop.example',
  };

  it.each<[string, Partial<StartInput>, typeof ID]>([
    ['as people dial it', { phone: '0878-2367-8023' }, ID],
    ['without its plus', { phone: '6287823678023' }, IN],
    ['with what is not said as null', { method: null, reference: null }, ID],
    ['with the address in another spelling', { endUserIp: '2001:DB8:0:0::1' }, ID],
    ['under another key', { idempotencyKey: 'login-18' }, ID],
  ])('is bound to the same start %s', (_what, over, caller) => {
    expect(hashOf({ ...FIRST, ...over }, caller)).toBe(hashOf(FIRST));
  });

  it.each<[string, Partial<StartInput>]>([
    ['number', { phone: '+6287823678024' }],
    ['method', { method: 'CODE' }],
    ['account', { accountId: null }],
    ['language', { language: 'en' }],
    ['expiry', { expiryMinutes: 11 }],
    ['address to go back to', { appUrl: 'https://shop.example/login' }],
    ['reference', { reference: 'A-17' }],
    ['person’s address', { endUserIp: '2001:db9::1' }],
  ])('is bound to its %s', (_what, over) => {
    expect(hashOf({ ...FIRST, ...over })).not.toBe(hashOf(FIRST));
  });
});
