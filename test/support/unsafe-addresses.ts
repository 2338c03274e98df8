/** Ways to write addresses that no call of the gateway may go to, as the host of a URL. */

/** 127.0.0.1, and what else leads to this very machine. */
export const LOOPBACK_HOSTS: readonly string[] = [
  // Shorter, longer, in other bases; `mixesOf` has the rest of them.
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7F000001', '017700000001', '00000017700000001'],
  ...['127.00.00.01', '127.0.0.0001', '0x0000007f.0.0.1', '00177.0.0.1', '127.0x.0.1', '127.0.0.2'],
  ...['127.255.255.254', '127.16777214', '0x7fffffff', '0', '0x0', '0x', '0.0.0.0', '0.0.0.1'],
  // As full names.
  ...['127.0.0.1.', '127.0.0.1..', '127.1.', '0177.0.0.1..', '2130706433..', '0x7f000001.'],
  // Percent-encoded.
  ...['%31%32%37.0.0.1', '127%2e0%2e0%2e1', '%30x7f000001', '2130706%34%33%33', '127.0.0.1%2e', '%6c%6f%63alhost'],
  // With characters that a host is read without, or as others.
  ...['１２７.0.0.1', '127。0。0。1', '127｡0｡0｡1', '127．0．0．1', '①②⑦.0.0.1', '𝟏𝟐𝟕.𝟎.𝟎.𝟏', '¹²⁷.0.0.1'],
  ...[
    '２１３０７０６４３３',
    '０x7f.1',
    '127.0.0.1\u00ad',
    '127.\u200b0.0.1',
    '127.0\t.0.1',
    '127.0\n.0.1',
    '127.\r0.0.1',
  ],
  // As IPv6, and inside of it: mapped, compatible, translated, in tunnels.
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]', '[::]', '[0::0]'],
  ...['[::ffff:127.0.0.1]', '[::FFFF:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]', '[::ffff:0:0]'],
  ...['[::127.0.0.1]', '[::7f00:1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]'],
  ...['[64:ff9b:1::127.0.0.1]', '[2002:7f00:1::]', '[2002:7f00:1::1]', '[2001:0:4136:e378:8000:63bf:80ff:fffe]'],
  // By name.
  ...['localhost', 'LOCALHOST', 'localhost.', 'localhost%2e', 'localhost..', 'api.localhost', 'a.b.localhost.'],
  ...['ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'locaLhoſt', 'ｌｏｃａｌｈｏｓｔ', 'local\u00adhost'],
];

/** 169.254.169.254, and other addresses at which clouds hand out what a machine may do. */
export const METADATA_HOSTS: readonly string[] = [
  ...['169.254.169.254', '169.16689662', '2852039166', '0xa9fea9fe', '0xA9FEA9FE', '025177524776', '00025177524776'],
  ...['0xA9.0xFE.0xA9.0xFE', '169.254.169.254.', '169.254.169.254..', '2852039166..', '169.254.169.254%2e'],
  ...['%31%36%39.254.169.254', '169%2E254%2E169%2E254', '１６９.254.169.254', '169。254。169。254'],
  ...['①⑥⑨.254.169.254', '𝟏𝟔𝟗.𝟐𝟓𝟒.𝟏𝟔𝟗.𝟐𝟓𝟒', '169.254\t.169.254', '169.254.169.25\n4', '169.254.169.25\u00ad4'],
  ...['[::ffff:169.254.169.254]', '[::FFFF:A9FE:A9FE]', '[0:0:0:0:0:ffff:a9fe:a9fe]', '[::169.254.169.254]'],
  ...['[::a9fe:a9fe]', '[::ffff:0:169.254.169.254]', '[64:ff9b::169.254.169.254]', '[64:ff9b::a9fe:a9fe]'],
  ...['[64:ff9b:1::a9fe:a9fe]', '[2002:a9fe:a9fe::1]', '[2001:0:4136:e378:8000:63bf:5601:5601]'],
  ...['[2001:4860:4860::5efe:169.254.169.254]', '[2001:4860:4860::200:5efe:a9fe:a9fe]'],
  ...['169.254.170.2', '[fe80::a9fe:a9fe]', '[fd00:ec2::254]', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
];

/** URLs that are refused for another reason than the spelling of the host, or beside it. */
export const UNSAFE_URLS: readonly string[] = [
  ...[
    'HTTP://127.0.0.1/',
    'hTTps://127.0.0.1/',
    'http:127.0.0.1',
    'http:/127.0.0.1',
    'http:///127.0.0.1',
    'ht\ttp://0/',
  ],
  ...['http:\\\\127.0.0.1\\', 'http:/\\127.0.0.1', 'http://\t127.0.0.1', 'http:\n//127.0.0.1', ' http://127.0.0.1 '],
  ...[
    'http://127.0.0.1:80',
    'http://127.0.0.1:65535',
    'http://127.0.0.1:',
    'http://127.0.0.1:000443',
    'http://@127.0.0.1',
  ],
  ...[
    'http://127.0.0.1?@8.8.8.8',
    'http://127.0.0.1#@8.8.8.8',
    'http://127.0.0.1\\@8.8.8.8',
    'http://127.0.0.1/@8.8.8.8',
  ],
  // With the name of a user, which somebody may take for the host.
  ...['http://8.8.8.8@127.0.0.1', 'http:8.8.8.8@127.0.0.1', 'http://8.8.8.8:80@127.0.0.1', 'http://a:b@8.8.8.8'],
  ...['http://127.0.0.1@8.8.8.8', 'http://127.0.0.1%2f@8.8.8.8', 'https://user@8.8.8.8', 'https://:word@8.8.8.8'],
  // Not of a web server, or of none.
  ...['ftp://127.0.0.1', 'file:///etc/passwd', 'gopher://127.0.0.1', 'ws://127.0.0.1', 'blob:http://127.0.0.1/'],
  ...['localhost:8080', 'javascript:0', 'data:,a', 'http://.', 'http://．'],
];

/** What is no URL at all, however it may look. */
export const NO_URLS: readonly string[] = [
  ...['', '127.0.0.1', '//127.0.0.1', 'http://', 'http://:80', 'http://127.0.0.1:65536', 'http://127.0.0.1:80:80'],
  ...['http://8.8.8.8%40127.0.0.1', 'http://127.0.0.1%00.8.8.8', 'http://127.0.0.1%20', 'http://[::1%25lo]'],
  ...['http://[::1%lo]', 'http://[::1', 'http://[::1].', 'http://[::ffff:0x7f.0.0.1]', 'http://256.0.0.1'],
  ...['http://4294967296', 'http://0x17f000001', 'http://08.0.0.1'],
];

const PART = [
  (part: number) => String(part),
  (part: number) => `0x${part.toString(16)}`,
  (part: number) => `0${part.toString(8)}`,
];

/** An IPv4 address in one to four parts, each of them decimal, hexadecimal or octal. */
export function mixesOf(address: string): string[] {
  const bytes = address.split('.').map(Number);
  return [1, 2, 3, 4].flatMap((count) => {
    // The last part holds what the others leave.
    const last = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    const parts = [...bytes.slice(0, count - 1), last];
    return parts.reduce<string[]>(
      (begun, part) => begun.flatMap((start) => PART.map((write) => (start === '' ? '' : `${start}.`) + write(part))),
      [''],
    );
  });
}
