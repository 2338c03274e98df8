/**
 * Keeps outgoing calls off the networks that this server can see and its users should not: private, loopback,
 * link-local (where clouds keep their metadata), and whatever else is not the public internet.
 *
 * A name is judged by the addresses it has at the moment of the connection, and exactly those are connected to: a name
 * that was public when the URL was saved may point elsewhere later.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** All addresses of a name; rejects when it has none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

/** A connection that was not made because of where it would have gone. */
export class RefusedAddress extends Error {
  readonly code = 'REFUSED_ADDRESS';
}

/** Public by its range, yet reached from inside a cloud only: Azure's platform and metadata endpoint. */
const PLATFORM_ADDRESSES = new Set(['168.63.129.16']);

const RANGES: Readonly<Record<string, string>> = {
  private: 'a private address',
  uniqueLocal: 'a private address',
  deprecatedSiteLocal: 'a private address',
  loopback: 'a loopback address',
  linkLocal: 'a link-local address',
  carrierGradeNat: "an address of a carrier's network",
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  unspecified: 'the address of no host',
};
const NOT_PUBLIC = 'an address that is not public';

/** What is wrong with an IP address as a place to call, e.g. `a private address`; null when it is public. */
export function addressProblem(address: string): string | null {
  if (!ipaddr.isValid(address)) return 'no IP address';
  const ip = ipaddr.parse(address);
  return ip instanceof ipaddr.IPv4 ? problemOf4(ip) : problemOf6(ip);
}

function problemOf4(ip: ipaddr.IPv4): string | null {
  if (PLATFORM_ADDRESSES.has(ip.toString())) return NOT_PUBLIC;
  const range = ip.range();
  return range === 'unicast' ? null : (RANGES[range] ?? NOT_PUBLIC);
}

/** 2000::/3: the only part of IPv6 that is handed out as public. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
const NAT64_WELL_KNOWN: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];

function problemOf6(ip: ipaddr.IPv6): string | null {
  const range = ip.range();
  if (range === 'ipv4Mapped') return problemOf4(ip.toIPv4Address());
  const bytes = ip.toByteArray();
  // Translators turn these back into the IPv4 address inside, which is the one that counts.
  if (range === '6to4') return problemOf4(new ipaddr.IPv4(bytes.slice(2, 6)));
  if (ip.match(NAT64_WELL_KNOWN) || isIsatap(bytes)) return problemOf4(new ipaddr.IPv4(bytes.slice(12)));
  return range === 'unicast' && ip.match(GLOBAL_UNICAST) ? null : (RANGES[range] ?? NOT_PUBLIC);
}

/** RFC 5214, 6.1: an interface that is made of an IPv4 address, ::0:5efe: or ::200:5efe: before it. */
function isIsatap(bytes: readonly number[]): boolean {
  return (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
}

/** A URL's host without the brackets of IPv6 and the dot of a full name. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

/** What is wrong with a host by its spelling alone, without asking DNS; null when nothing is known against it. */
export function hostProblem(hostname: string): string | null {
  const host = bareHost(hostname).toLowerCase();
  if (host === '') return 'no host';
  if (ipaddr.isValid(host)) return addressProblem(host);
  return host === 'localhost' || host.endsWith('.localhost') ? 'a loopback address' : null;
}

/** What is wrong with a URL's form, e.g. `is neither https nor http`; these are refused whatever the settings. */
export function formProblem(url: URL): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http';
  if (url.username !== '' || url.password !== '') return 'has a user name or password in it; leave them out';
  return null;
}

/** How long a name may take to be looked up when a URL is saved. */
const LOOKUP_MS = 3_000;

/**
 * Why this server may not call a URL, as a sentence; null when it may. For a check before a URL is saved: every
 * connection is checked again. A name that cannot be looked up is let through here, it is no evidence of anything.
 * @param allowPrivate lets everything but bad schemes and credentials through, and asks no DNS.
 */
export async function checkUrl(
  url: string,
  allowPrivate: boolean,
  resolve: Resolve = resolveBySystem,
): Promise<string | null> {
  if (!URL.canParse(url)) return 'It is not an address; write it as https://host.';
  const parsed = new URL(url);
  const wrong = formProblem(parsed);
  if (wrong !== null) return `The address ${wrong}.`;
  if (allowPrivate) return null;
  const spelled = hostProblem(parsed.hostname);
  if (spelled !== null) return `The address leads to ${spelled}; use one on the public internet.`;
  const host = bareHost(parsed.hostname);
  if (ipaddr.isValid(host)) return null;
  const found = await addressesInTime(host, resolve);
  const problem = found.map((each) => addressProblem(each.address)).find((each) => each !== null);
  return problem == null ? null : `The name ${host} leads to ${problem}; use one on the public internet.`;
}

async function addressesInTime(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly LookupAddress[]>((done) => {
    timer = setTimeout(() => done([]), LOOKUP_MS);
    timer.unref();
  });
  try {
    return await Promise.race([resolve(host), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for sockets that hands out only addresses it has checked, so that the one that was checked is the one
 * that is connected to. Refuses the name when any of its addresses is not public: which one is taken is chance.
 */
export function guardedLookup(
  allowPrivate: boolean,
  resolve: Resolve = resolveBySystem,
): (hostname: string, options: LookupOptions, callback: LookupCallback) => void {
  // A pool opens its connections together; one question is enough for all of them.
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  return (hostname, options, callback) => {
    let asked = underWay.get(hostname);
    if (!asked) {
      asked = resolve(hostname).finally(() => underWay.delete(hostname));
      underWay.set(hostname, asked);
    }
    asked.then(
      (all) => {
        const refused = allowPrivate ? null : firstProblem(all);
        if (refused !== null) return callback(new RefusedAddress(`the name leads to ${refused}`), []);
        const family = options.family === 4 || options.family === 6 ? options.family : 0;
        const usable = family === 0 ? all : all.filter((each) => each.family === family);
        const first = usable[0];
        if (!first) return callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
        return options.all ? callback(null, [...usable]) : callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

function firstProblem(addresses: readonly LookupAddress[]): string | null {
  for (const each of addresses) {
    const problem = addressProblem(each.address);
    if (problem !== null) return problem;
  }
  return null;
}
