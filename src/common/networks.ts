import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Blocks of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address of either family. */
export class Networks {
  private readonly blocks: readonly [Address, number][];

  /** Throws when a block is none; check with `isCidr` first. */
  constructor(blocks: readonly string[]) {
    this.blocks = blocks.map((block) => {
      const [address, bits] = block.includes('/') ? ipaddr.parseCIDR(block) : whole(ipaddr.parse(block));
      // `::ffff:10.0.0.0/104` means 10.0.0.0/8, which is how the addresses below are compared.
      return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96
        ? [address.toIPv4Address(), bits - 96]
        : [address, bits];
    });
  }

  /** False for what is no address. An IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`) is the IPv4 address. */
  has(ip: string): boolean {
    if (!ipaddr.isValid(ip)) return false;
    const address = ipaddr.process(ip);
    return this.blocks.some(([block, bits]) => address.kind() === block.kind() && address.match(block, bits));
  }
}

/**
 * Whose request it is: the peer of the connection, or, as long as that is a trusted proxy, the address it forwarded
 * for, from the nearest to the farthest. What stands left of an untrusted address was written by that one: not believed.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: Networks): string {
  const hops = forwardedFor?.split(',').map((hop) => hop.trim()) ?? [];
  let client = peer;
  while (trusted.has(client)) {
    const next = hops.pop();
    if (!next) break;
    client = next;
  }
  return client;
}

/** What an address is counted by: of IPv6 the first 64 bits, for a household has all of the rest. It must be an address. */
export function addressPrefix(ip: string): string {
  const address = ipaddr.process(ip);
  if (address instanceof ipaddr.IPv4) return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toNormalizedString()}/64`).toString()}/64`;
}

const whole = (address: Address): [Address, number] => [address, address.kind() === 'ipv4' ? 32 : 128];
