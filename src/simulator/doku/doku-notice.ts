import { type DokuCheckout, type DokuStatus, type DokuTransaction, PARTNER_NUMBER } from './doku-checkouts.js';
import { compactTime, utcTime } from './doku-times.js';

/** What is told of a transaction. */
export interface Told {
  readonly checkout: DokuCheckout;
  readonly transaction: DokuTransaction;
  readonly status: DokuStatus;
  /** The order's where nothing else is said. */
  readonly amount: number | string;
  readonly currency: string;
  readonly originalRequestId: string;
}

/** "HTTP Notification Sample - Non SNAP": what every channel has, then what it alone has. */
export function noticeBody({ checkout, transaction, status, amount, originalRequestId }: Told): string {
  const { channel, at } = transaction;
  const type = channel.service === 'CREDIT_CARD' ? { type: checkout.type } : {};
  return JSON.stringify({
    service: channel.service === 'QRIS' ? { id: 'QRIS', name: 'QRIS' } : { id: serviceIdOf(transaction) },
    acquirer: { id: channel.acquirer },
    channel: { id: channel.id },
    transaction: { ...type, status, date: utcTime(at), original_request_id: originalRequestId },
    order: { invoice_number: checkout.invoice, amount },
    ...extrasOf(checkout, transaction, status),
  });
}

/** Of a channel that is no known service's, its own name. */
export const serviceIdOf = ({ channel }: DokuTransaction): string =>
  channel.service === 'OTHER' ? channel.id : channel.service;

function extrasOf(checkout: DokuCheckout, transaction: DokuTransaction, status: DokuStatus): object {
  const { channel, reference, number } = transaction;
  const code = reference.slice(-6);
  const failed = status === 'FAILED';
  const response = { response_code: failed ? '05' : '00', response_message: failed ? 'DO NOT HONOR' : 'APPROVED' };
  switch (channel.service) {
    case 'VIRTUAL_ACCOUNT':
      return {
        virtual_account_info: { virtual_account_number: number },
        // Spelled so on DOKU's page.
        virtual_account_payment: { identifer: vaIdentifiers(transaction) },
      };
    case 'CREDIT_CARD':
      return {
        authorize_id: `a-${code}`,
        card_payment: {
          ...{ masked_card_number: '557338******1101', approval_code: code, ...response, issuer: 'BANK SIMULATED' },
        },
      };
    case 'ONLINE_TO_OFFLINE':
      return {
        online_to_offline_info: { payment_code: number },
        online_to_offline_payment: { identifier: [{ name: 'AGENT_ID', value: 'A01' }] },
      };
    case 'EMONEY':
      return emoneyExtras(transaction, status);
    case 'QRIS':
      return {
        emoney_payment: { account_id: number, approval_code: code },
        customer: { name: checkout.customer.name ?? 'Customer', doku_id: number },
      };
    case 'DIRECT_DEBIT':
      return { card_payment: { masked_card_number: '557338******1101', ...response, payment_id: reference } };
    case 'PEER_TO_PEER':
      return {
        peer_to_peer_info: {
          virtual_account_number: number,
          created_date: compactTime(checkout.createdAt),
          expired_date: compactTime(checkout.expiresAt),
          status,
          merchant_unique_reference: reference,
          identifier: [],
        },
        payment: { merchant_unique_reference: reference },
      };
    case 'OTHER':
      return {};
  }
}

function emoneyExtras({ channel, reference }: DokuTransaction, status: DokuStatus): object {
  if (!/^SHOPEE_?PAY$/.test(channel.acquirer))
    return { wallet: { issuer: channel.acquirer, token_id: reference, masked_phone_number: '******7890', status } };
  return {
    shopeepay_configuration: { merchant_ext_id: 'm1', store_ext_id: 's1' },
    shopeepay_payment: {
      transaction_status: status,
      transaction_message: status === 'SUCCESS' ? 'ok' : status.toLowerCase(),
      identifier: [{ name: 'TRANSACTION_ID', value: reference }],
    },
  };
}

/** What a virtual account's payment is known by. */
export const vaIdentifiers = ({ reference }: DokuTransaction): object[] => [
  { name: 'REQUEST_ID', value: reference.slice(0, 7) },
  { name: 'REFERENCE', value: reference },
  { name: 'CHANNEL_TYPE', value: '6010' },
];

/** SNAP's words for what DOKU's own call otherwise. It has none for an order that expired. */
const SNAP_STATUSES: Readonly<Partial<Record<DokuStatus, readonly [code: string, description: string]>>> = {
  SUCCESS: ['00', 'Success'],
  PENDING: ['03', 'Pending'],
  REDIRECT: ['03', 'Pending'],
  TIMEOUT: ['03', 'Pending'],
  REFUNDED: ['04', 'Refunded'],
  FAILED: ['06', 'Failed'],
};

/** "HTTP Notification Sample for SNAP"; a string in place of it says why nothing is told. `externalId`: of the request that asked for it. */
export function snapNoticeBody(told: Told, externalId: string): { readonly body: string } | string {
  const { service } = told.transaction.channel;
  if (service === 'VIRTUAL_ACCOUNT') {
    if (told.status === 'SUCCESS') return { body: JSON.stringify(snapVirtualAccount(told)) };
    return 'SNAP tells of a virtual account only that it was paid.';
  }
  const words = SNAP_STATUSES[told.status];
  if (words === undefined) return 'SNAP has no status for an order that expired.';
  return { body: JSON.stringify(snapDebit(told, words, externalId)) };
}

/** Two decimals, as SNAP's amounts have. A string is somebody's who wants it otherwise. */
const decimal = (amount: number | string): string => (typeof amount === 'number' ? `${amount}.00` : amount);

function snapVirtualAccount({ checkout, transaction, amount, currency }: Told): object {
  const { customer, invoice } = checkout;
  const partnerServiceId = PARTNER_NUMBER.padStart(8, ' ');
  const customerNo = transaction.number.slice(PARTNER_NUMBER.length);
  return {
    partnerServiceId,
    customerNo,
    virtualAccountNo: partnerServiceId + customerNo,
    virtualAccountName: customer.name ?? 'Customer',
    trxId: invoice,
    paymentRequestId: transaction.reference,
    paidAmount: { value: decimal(amount), currency },
    ...(customer.email && { virtualAccountEmail: customer.email }),
    ...(customer.phone && { virtualAccountPhone: customer.phone }),
    additionalInfo: { channel: transaction.channel.id },
  };
}

function snapDebit(told: Told, [code, description]: readonly [string, string], externalId: string): object {
  const { checkout, transaction, amount, currency } = told;
  const { channel, reference } = transaction;
  const { customer, lines } = checkout;
  return {
    originalPartnerReferenceNo: checkout.invoice,
    originalReferenceNo: reference,
    originalExternalId: externalId,
    latestTransactionStatus: code,
    transactionStatusDesc: description,
    amount: { value: decimal(amount), currency },
    additionalInfo: {
      channelId: `${channel.id}_SNAP`,
      acquirerId: channel.acquirer,
      custIdMerchant: customer.id ?? 'customer',
      accountType: channel.service,
    },
    ...(lines.length > 0 && {
      lineItems: lines.map(({ name, price, quantity }) => ({ name, price: decimal(price), quantity })),
    }),
    origin: { source: 'SIMULATOR', system: 'CHECKOUT', product: 'CHECKOUT', apiFormat: 'SNAP' },
  };
}
