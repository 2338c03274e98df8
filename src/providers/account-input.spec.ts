import { describe, expect, it } from 'vitest';
import { type AccountPatch, checkCredentials, checkSettings } from './account-input.js';
import { type CredentialField } from './ports/provider.js';

const settings = (patch: AccountPatch, allowPrivateUrls = false): ReturnType<typeof checkSettings> =>
  checkSettings(patch, 'ID', allowPrivateUrls);

describe('the settings of an account', () => {
  it('stay out of the answer when they are left out', async () => {
    expect(await settings({})).toEqual({});
  });

  it('are read into one way of writing them', async () => {
    expect(
      await settings({
        name: '  main ',
        sender: '0812-3456-7890',
        baseUrl: 'https://93.184.216.34:8443/',
        requestsPerMinute: 100,
      }),
    ).toEqual({
      name: 'main',
      sender: '+6281234567890',
      baseUrl: 'https://93.184.216.34:8443',
      requestsPerMinute: 100,
    });
  });

  it('are taken back with null', async () => {
    const none = { sender: null, baseUrl: null, requestsPerMinute: null };
    expect(await settings(none)).toEqual(none);
  });

  it.each([
    ['an empty name', { name: '  ' }, 'INVALID_INPUT', 'name'],
    ['a name of 129 characters', { name: 'n'.repeat(129) }, 'INVALID_INPUT', 'name'],
    ['a NUL', { name: 'a\0' }, 'INVALID_INPUT', 'name'],
    [
      'half a character in a credential',
      { credentials: { secretKey: '\ud83d' } },
      'INVALID_INPUT',
      'credentials.secretKey',
    ],
    ['a sender that is no number', { sender: 'SHOP' }, 'INVALID_PHONE_NUMBER', 'sender'],
    ['an empty sender', { sender: '' }, 'INVALID_PHONE_NUMBER', 'sender'],
    ['no URL', { baseUrl: 'proxy.example' }, 'INVALID_INPUT', 'baseUrl'],
    ['a URL with a path', { baseUrl: 'https://proxy.example/v1' }, 'INVALID_INPUT', 'baseUrl'],
    ['a URL with a query', { baseUrl: 'https://proxy.example/?a' }, 'INVALID_INPUT', 'baseUrl'],
    ['a URL with a fragment', { baseUrl: 'https://proxy.example/#a' }, 'INVALID_INPUT', 'baseUrl'],
    ['no requests at all', { requestsPerMinute: 0 }, 'INVALID_INPUT', 'requestsPerMinute'],
    ['more than a million a minute', { requestsPerMinute: 1_000_001 }, 'INVALID_INPUT', 'requestsPerMinute'],
    ['a loopback address', { baseUrl: 'http://127.0.0.1:4010' }, 'UNSAFE_URL', 'baseUrl'],
    ['a private address', { baseUrl: 'https://10.1.2.3' }, 'UNSAFE_URL', 'baseUrl'],
    ['a loopback address in other clothes', { baseUrl: 'http://0x7f.1' }, 'UNSAFE_URL', 'baseUrl'],
    ['the metadata of a cloud', { baseUrl: 'http://169.254.169.254' }, 'UNSAFE_URL', 'baseUrl'],
    ['a name and password', { baseUrl: 'https://me:pass@93.184.216.34' }, 'UNSAFE_URL', 'baseUrl'],
  ] as [string, AccountPatch, string, string][])('with %s are refused', async (_what, patch, code, field) => {
    expect(await settings(patch)).toMatchObject({ code, field });
  });

  it('may lead to this machine where that is allowed', async () => {
    expect(await settings({ baseUrl: 'http://127.0.0.1:4010' }, true)).toEqual({ baseUrl: 'http://127.0.0.1:4010' });
  });
});

describe('the credentials of an account', () => {
  const fields: CredentialField[] = [
    { name: 'clientId', label: 'The client id', secret: false, required: true },
    { name: 'secretKey', label: 'The secret key', secret: true, required: true },
    {
      name: 'repeatSafe',
      label: 'Whether repeats are safe',
      secret: false,
      required: false,
      check: (value) => (['true', 'false'].includes(value) ? undefined : 'It is true or false.'),
    },
  ];
  const GOOD = { clientId: '007', secretKey: 'SK' };

  it('are kept as strings, and what was left out stays out', () => {
    expect(checkCredentials(fields, GOOD)).toEqual(GOOD);
    expect(checkCredentials(fields, { ...GOOD, repeatSafe: null })).toEqual(GOOD);
    expect(checkCredentials(fields, { ...GOOD, repeatSafe: '' })).toEqual(GOOD);
  });

  it('may give a switch as true, but an id not as a number, which has no leading zeros', () => {
    expect(checkCredentials(fields, { ...GOOD, repeatSafe: true })).toEqual({ ...GOOD, repeatSafe: 'true' });
    expect(checkCredentials(fields, { ...GOOD, clientId: 7 })).toMatchObject({ field: 'credentials.clientId' });
  });

  it('that are given go over the known ones, and null takes one away', () => {
    const known = { ...GOOD, repeatSafe: 'true' };
    expect(checkCredentials(fields, { secretKey: 'new' }, known)).toEqual({ ...known, secretKey: 'new' });
    expect(checkCredentials(fields, { repeatSafe: null }, known)).toEqual(GOOD);
    expect(checkCredentials(fields, { secretKey: null }, known)).toMatchObject({ field: 'credentials.secretKey' });
  });

  it.each([
    ['one that is missing', { clientId: '007' }, 'credentials.secretKey'],
    ['one that is empty', { ...GOOD, secretKey: '' }, 'credentials.secretKey'],
    ['one that the provider does not have', { ...GOOD, apiKey: 'x' }, 'credentials.apiKey'],
    ['the name of an inherited property', { ...GOOD, constructor: 'x' }, 'credentials.constructor'],
    ['a list', { ...GOOD, secretKey: ['SK'] }, 'credentials.secretKey'],
    ['an object', { ...GOOD, secretKey: { a: 1 } }, 'credentials.secretKey'],
    ['one of 8193 characters', { ...GOOD, secretKey: 'x'.repeat(8193) }, 'credentials.secretKey'],
    ['one that breaks the provider’s own rule', { ...GOOD, repeatSafe: 'perhaps' }, 'credentials.repeatSafe'],
  ])('with %s are refused', (_what, given, field) => {
    expect(checkCredentials(fields, given)).toMatchObject({ code: 'INVALID_INPUT', field });
  });

  it('are never quoted in a problem', () => {
    const bad = { clientId: 'hunter2\n'.repeat(2_000), secretKey: ['hunter2'] };
    expect(JSON.stringify(checkCredentials(fields, bad))).not.toContain('hunter2');
  });
});
