/** Why a provider would refuse a callback URL or not reach it. We can only say so: what counts is in its dashboard. */
import { bareHost, hostProblem } from '../http/address-guard.js';

/** Names that exist on the own network or machine only (RFC 6762, RFC 8375). */
const LOCAL_NAME = /\.(local|internal|lan|home\.arpa)$/;

/** The problems of a callback URL as sentences; none when a provider should be able to use it. Asks no DNS. */
export function callbackUrlProblems(url: string): string[] {
  if (!URL.canParse(url)) return ['It is not a URL; set PUBLIC_URL to the https address that providers reach.'];
  const parsed = new URL(url);
  const host = bareHost(parsed.hostname).toLowerCase();
  const problems: string[] = [];
  if (parsed.protocol !== 'https:') problems.push('It is not https; providers send callbacks to https addresses.');
  // DOKU takes no notification URL on one of ngrok's domains (its page on notification URLs).
  if (host.includes('ngrok')) problems.push('It is on an ngrok domain, which DOKU refuses; use a domain of your own.');
  const place = hostProblem(parsed.hostname);
  if (place !== null) {
    problems.push(`Its host is ${place}, which providers cannot reach; use one on the public internet.`);
  } else if (LOCAL_NAME.test(host) || (!host.includes('.') && !host.includes(':'))) {
    problems.push('Its host is a name of the local network, which providers cannot reach; use a public domain.');
  }
  // DOKU names 443, and 80, as what it calls (its page on notification URLs).
  if (!['', '80', '443'].includes(parsed.port))
    problems.push(`Its port is ${parsed.port}; many providers call 443 only.`);
  if (parsed.username !== '' || parsed.password !== '') {
    problems.push('It has a user name or password in it, which providers do not send; leave them out.');
  }
  return problems;
}
