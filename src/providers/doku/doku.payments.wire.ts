/**
 * DOKU's payments on the wire: Checkout, Check Status, HTTP notifications (non-SNAP and SNAP) and the token that DOKU
 * asks from us (DOKU's developer pages, read in 2025). Amounts are whole rupiah as a JSON number, in SNAP a string with
 * two decimals. Types and pure mapping.
 */
import { objectOf, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type Beneficiary } from '../ports/messaging.js';
import { type CheckoutAsk } from '../ports/payments.js';
import { digits } from './doku.wire.js';

export const CHECKOUT_TARGET = '/checkout/v1/payment';
/** With the invoice number behind it, or the Request-Id of the request that opened the page. */
export const STATUS_TARGET = '/orders/v1/status/';

/** Body of `POST /checkout/v1/payment`. */
export interface CheckoutRequest {
  order: {
    /** More than 0, at most 12 digits; one of DOKU's tools says 16. */
    amount: number;
    /** Unique, at most 64 characters; 30 where cards may be used. */
    invoice_number: string;
    /** `IDR` where it is left out. */
    currency: string;
    /** Where the page leads back to. */
    callback_url?: string;
    /** Σ price × quantity is the amount. */
    line_items?: { id: string; name: string; price: number; quantity: number }[];
  };
  payment: {
    /** In minutes. */
    payment_due_date: number;
    /** `VIRTUAL_ACCOUNT_BCA`, …; without it all channels that are active. */
    payment_method_types?: string[];
  };
  customer: {
    name?: string;
    email?: string;
    /** Digits with the country code. */
    phone: string;
  };
  shipping_address?: {
    first_name: string;
    address: string;
    city: string;
    postal_code: string;
    phone: string;
    /** ISO 3166-1, three letters. */
    country_code?: string;
  };
  additional_info?: { override_notification_url: string };
}

/** The answer to one that was taken, HTTP 200; to a repeat of it 409. */
export interface CheckoutAnswer {
  /** `SUCCESS`. */
  message: string[];
  response: {
    /** The amount is a string here. */
    order: { amount: string; invoice_number: string; currency: string; session_id: string };
    payment: {
      payment_method_types: string[];
      payment_due_date: number;
      token_id: string;
      url: string;
      /** `yyyyMMddHHmmss` in UTC+7. */
      expired_date: string;
      /** ISO 8601 in UTC; not always there. */
      expired_datetime?: string;
      type: string;
    };
    /** A JSON number far beyond 2^53: no parser of JSON reads it right. */
    uuid: number;
    headers: { request_id: string; signature: string; client_id: string };
  };
}

/** `{"error_messages":["order.invoice_number must be filled"]}`, HTTP 400. */
export interface CheckoutError {
  error_messages: string[];
}

export type TransactionWord = 'PENDING' | 'REDIRECT' | 'TIMEOUT' | 'FAILED' | 'SUCCESS' | 'EXPIRED' | 'REFUNDED';

/** What a notice of DOKU's says, and its answer to Check Status. Fields may be added at any time. */
export interface DokuNotification {
  /** `VIRTUAL_ACCOUNT`, `CREDIT_CARD`, … */
  service?: { id: string };
  /** `BCA`, `SHOPEE_PAY`, … */
  acquirer?: { id: string; name?: string };
  /** `VIRTUAL_ACCOUNT_BCA`, `QRIS`, … */
  channel?: { id: string };
  /** In an answer to Check Status not there before the person has chosen a channel. */
  transaction?: {
    status: TransactionWord;
    type?: string;
    /** ISO 8601 in UTC. */
    date?: string;
    /** The Request-Id of the request that opened the page. */
    original_request_id?: string;
  };
  order: {
    invoice_number: string;
    amount: number;
    currency?: string;
    /** Only in answers to Check Status: `ORDER_GENERATED`, `ORDER_EXPIRED`, `ORDER_RECOVERED`. */
    status?: string;
  };
  virtual_account_info?: { virtual_account_number: string };
  /** DOKU's page on notices spells `identifer`, the one on Check Status `identifier`. */
  virtual_account_payment?: { identifer?: DokuIdentifier[]; identifier?: DokuIdentifier[] };
  card_payment?: {
    masked_card_number?: string;
    approval_code?: string;
    response_code?: string;
    response_message?: string;
    issuer?: string;
    payment_id?: string;
  };
  online_to_offline_info?: { payment_code: string };
  online_to_offline_payment?: { identifier: DokuIdentifier[] };
  shopeepay_payment?: { transaction_status: string; transaction_message: string; identifier: DokuIdentifier[] };
  emoney_payment?: { account_id?: string; approval_code?: string };
  peer_to_peer_info?: { virtual_account_number?: string; status?: string; identifier?: DokuIdentifier[] };
}

/** `REFERENCE`, `REQUEST_ID`, `CHANNEL_TYPE`, `AGENT_ID`, … */
export interface DokuIdentifier {
  name: string;
  value: string;
}

/** A string with two decimals. */
export interface SnapAmount {
  value: string;
  currency: string;
}

/** SNAP, service 25: a virtual account was paid. There is no other notice of one, so it has no status. */
export interface SnapVirtualAccountNotification {
  /** Up to 8 characters, blanks on the left. */
  partnerServiceId: string;
  customerNo: string;
  /** The two joined. */
  virtualAccountNo: string;
  virtualAccountName: string;
  /** The invoice number. */
  trxId: string;
  paymentRequestId: string;
  paidAmount: SnapAmount;
  virtualAccountEmail?: string;
  virtualAccountPhone?: string;
  additionalInfo?: { channel: string };
}

/** SNAP, service 56: direct debit and e-wallets. */
export interface SnapDebitNotification {
  /** The invoice number. */
  originalPartnerReferenceNo: string;
  originalReferenceNo: string;
  originalExternalId?: string;
  latestTransactionStatus: '00' | '03' | '04' | '05' | '06';
  transactionStatusDesc?: string;
  amount: SnapAmount;
  additionalInfo?: { channelId: string; acquirerId?: string; custIdMerchant?: string; accountType?: string };
}

/** What every SNAP request is answered: HTTP status (3 digits), service (2) and case (2). */
export interface SnapReply {
  responseCode: string;
  responseMessage: string;
}

export interface SnapVirtualAccountReply extends SnapReply {
  virtualAccountData: Partial<
    Pick<
      SnapVirtualAccountNotification,
      'partnerServiceId' | 'customerNo' | 'virtualAccountNo' | 'virtualAccountName' | 'paymentRequestId'
    >
  >;
}

/** Body of DOKU's request for a token of ours. */
export interface SnapTokenRequest {
  grantType: 'client_credentials';
}

export interface SnapTokenReply extends SnapReply {
  accessToken: string;
  tokenType: 'Bearer';
  /** In seconds. */
  expiresIn: number;
  additionalInfo: '';
}

/** The body of a request for a page, compact; the text that is signed is the text that is sent. */
export function checkoutBody(ask: CheckoutAsk, notificationUrl: string | null): string {
  const { customer, beneficiary, items } = ask;
  const body: CheckoutRequest = {
    order: {
      amount: Number(ask.total),
      invoice_number: ask.referenceId,
      currency: ask.currency,
      ...(ask.callbackUrl === null ? {} : { callback_url: ask.callbackUrl }),
      ...(items.length === 0
        ? {}
        : {
            line_items: items.map(({ id, name, price, quantity }) => ({ id, name, price: Number(price), quantity })),
          }),
    },
    payment: {
      payment_due_date: ask.dueMinutes,
      // An empty list is not the same as none.
      ...(ask.methods.length === 0 ? {} : { payment_method_types: [...ask.methods] }),
    },
    customer: {
      ...(customer.name === null ? {} : { name: customer.name }),
      ...(customer.email === null ? {} : { email: customer.email }),
      phone: digits(customer.phone),
    },
    ...(beneficiary === null ? {} : { shipping_address: shippingAddress(beneficiary, customer.phone) }),
    ...(notificationUrl === null ? {} : { additional_info: { override_notification_url: notificationUrl } }),
  };
  return JSON.stringify(body);
}

/** As merchants write the country that DOKU is in. Of another one its three letters are not known here: none are sent. */
const INDONESIA = /^(republi[ck] (of )?)?indonesia$|^idn?$/i;

function shippingAddress(to: Beneficiary, phone: string): CheckoutRequest['shipping_address'] {
  return {
    first_name: to.name,
    address: to.addressLine2 === null ? to.addressLine1 : `${to.addressLine1}, ${to.addressLine2}`,
    city: to.city,
    postal_code: to.postalCode,
    phone: digits(phone),
    ...(INDONESIA.test(to.country.trim()) ? { country_code: 'IDN' } : {}),
  };
}

/** A page that DOKU opened. */
export interface CheckoutPage {
  readonly url: string;
  readonly tokenId: string | null;
}

/** Longer ones no browser and no message carries. */
const LONGEST_URL = 2_048;

/** The page that an answer names; null where it names none that a person can open. */
export function readPage(body: JsonObject | null): CheckoutPage | null {
  const payment = objectOf(objectOf(body?.['response'])?.['payment']);
  const url = textOf(payment?.['url'])?.trim() ?? '';
  if (url.length > LONGEST_URL || !/^https?:\/\/[\x21-\x7e]+$/i.test(url) || !URL.canParse(url)) return null;
  return { url, tokenId: textOf(payment?.['token_id']) };
}
