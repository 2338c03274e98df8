import { describe, expect, it } from 'vitest';
import { callbackUrlProblems } from './callback-urls.js';

describe('a callback URL', () => {
  it.each([
    'https://gateway.toko.co.id/callbacks/key/callback',
    'https://gateway.toko.co.id:443/callbacks/key/callback',
    'https://8.8.8.8/callbacks/key/callback',
  ])('%s has no problem', (url) => {
    expect(callbackUrlProblems(url)).toEqual([]);
  });

  it.each([
    ['http://gateway.toko.co.id/x', [/not https/]],
    ['https://abc.ngrok.io/x', [/ngrok/]],
    ['https://abc.ngrok-free.app/x', [/ngrok/]],
    ['https://abc.eu.ngrok.io/x', [/ngrok/]],
    ['https://localhost/x', [/loopback/]],
    ['https://api.localhost./x', [/loopback/]],
    ['https://127.0.0.1/x', [/loopback/]],
    ['https://0x7f.1/x', [/loopback/]],
    ['https://[::1]/x', [/loopback/]],
    ['https://10.1.2.3/x', [/private/]],
    ['https://[fd00::1]/x', [/private/]],
    ['https://169.254.169.254/x', [/link-local/]],
    ['https://gateway.local/x', [/local network/]],
    ['https://gateway/x', [/local network/]],
    ['https://gateway.toko.co.id:8443/x', [/port is 8443/]],
    ['https://user:secret@gateway.toko.co.id/x', [/user name or password/]],
    ['http://localhost:3000/x', [/not https/, /loopback/, /port is 3000/]],
    ['gateway.toko.co.id/x', [/not a URL/]],
  ])('%s has the problems %o', (url, expected) => {
    const problems = callbackUrlProblems(url);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(problems[index]).toMatch(pattern));
  });

  it('is not repeated in its problems, for it holds the callback key', () => {
    expect(callbackUrlProblems('http://u:p@10.0.0.1:81/callbacks/the-key/callback').join()).not.toMatch(/the-key|u:p/);
  });
});
