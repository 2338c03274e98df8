/** The entries of the back office: each may have a notification URL of its own; `access-token` is where SNAP's token is asked for. */
export const DOKU_ENTRIES = [
  'virtual-account',
  'virtual-account-snap',
  'card',
  'convenience-store',
  'e-wallet',
  'e-wallet-snap',
  'paylater',
  'direct-debit',
  'direct-debit-snap',
  'qris',
  'access-token',
] as const;
export type DokuEntry = (typeof DOKU_ENTRIES)[number];

export type DokuService =
  | 'VIRTUAL_ACCOUNT'
  | 'CREDIT_CARD'
  | 'ONLINE_TO_OFFLINE'
  | 'EMONEY'
  | 'QRIS'
  | 'DIRECT_DEBIT'
  | 'PEER_TO_PEER'
  | 'OTHER';

/** A way to pay. */
export interface DokuChannel {
  /** As `payment_method_types` names it: `VIRTUAL_ACCOUNT_BCA`. */
  readonly id: string;
  readonly service: DokuService;
  /** `BCA`. */
  readonly acquirer: string;
  /** As a person calls it: `BCA`, `Card`. */
  readonly name: string;
  /** As a person calls what it is one of: `Virtual account`. */
  readonly group: string;
  readonly entry: DokuEntry;
  /** Where its notifications can come as SNAP. */
  readonly snapEntry: DokuEntry | undefined;
}

interface Family {
  readonly service: DokuService;
  readonly prefix: string;
  readonly group: string;
  readonly entry: DokuEntry;
  readonly snapEntry?: DokuEntry;
}

const FAMILIES: readonly Family[] = [
  {
    service: 'VIRTUAL_ACCOUNT',
    prefix: 'VIRTUAL_ACCOUNT_',
    group: 'Virtual account',
    entry: 'virtual-account',
    snapEntry: 'virtual-account-snap',
  },
  {
    service: 'ONLINE_TO_OFFLINE',
    prefix: 'ONLINE_TO_OFFLINE_',
    group: 'Convenience store',
    entry: 'convenience-store',
  },
  { service: 'EMONEY', prefix: 'EMONEY_', group: 'E-wallet', entry: 'e-wallet', snapEntry: 'e-wallet-snap' },
  {
    service: 'DIRECT_DEBIT',
    prefix: 'DIRECT_DEBIT_',
    group: 'Direct debit',
    entry: 'direct-debit',
    snapEntry: 'direct-debit-snap',
  },
  { service: 'PEER_TO_PEER', prefix: 'PEER_TO_PEER_', group: 'Pay later', entry: 'paylater' },
];

/** Those that have no family. KKI is a card; which bank stands behind either is not said by the channel. */
const CARD = { service: 'CREDIT_CARD', acquirer: 'BANK_MANDIRI', group: 'Card', entry: 'card' } as const;
const SINGLE: Readonly<Record<string, Omit<DokuChannel, 'id' | 'snapEntry'>>> = {
  CREDIT_CARD: { ...CARD, name: 'Card' },
  KARTU_KREDIT_INDONESIA: { ...CARD, name: 'Kartu Kredit Indonesia' },
  QRIS: { service: 'QRIS', acquirer: 'DOKU', name: 'QRIS', group: 'QR code', entry: 'qris' },
};

/** What an account has where an order names no channels. */
export const DOKU_CHANNELS: readonly string[] = [
  ...['BCA', 'BANK_MANDIRI', 'BRI', 'BNI', 'BANK_PERMATA', 'BANK_CIMB'].map((bank) => `VIRTUAL_ACCOUNT_${bank}`),
  'CREDIT_CARD',
  'QRIS',
  ...['OVO', 'SHOPEE_PAY', 'DANA', 'LINKAJA', 'DOKU'].map((wallet) => `EMONEY_${wallet}`),
  ...['ALFA', 'INDOMARET'].map((store) => `ONLINE_TO_OFFLINE_${store}`),
  ...['AKULAKU', 'KREDIVO', 'INDODANA'].map((lender) => `PEER_TO_PEER_${lender}`),
  'DIRECT_DEBIT_BRI',
];

/** Every name that an order may give: DOKU adds channels, so the list is open. One without a family is paid all the same. */
export function channelOf(id: string): DokuChannel {
  const single = SINGLE[id];
  if (single !== undefined) return { id, snapEntry: undefined, ...single };
  const family = FAMILIES.find(({ prefix }) => id.startsWith(prefix) && id.length > prefix.length);
  if (family === undefined) {
    const name = nameOf(id);
    return { id, service: 'OTHER', acquirer: id, name, group: 'Other', entry: 'direct-debit', snapEntry: undefined };
  }
  const { service, prefix, group, entry, snapEntry } = family;
  const acquirer = id.slice(prefix.length);
  return { id, service, acquirer, name: nameOf(acquirer), group, entry, snapEntry };
}

const NAMES: Readonly<Record<string, string>> = {
  SHOPEE_PAY: 'ShopeePay',
  SHOPEEPAY: 'ShopeePay',
  LINKAJA: 'LinkAja',
  ALFA: 'Alfamart',
};
const CAPITALS: readonly string[] = ['DANA', 'DOKU', 'CIMB', 'ALLO'];

function nameOf(constant: string): string {
  const words = constant
    .split('_')
    .map((word) => (word.length <= 3 || CAPITALS.includes(word) ? word : `${word[0]}${word.slice(1).toLowerCase()}`));
  return NAMES[constant] ?? words.join(' ');
}
