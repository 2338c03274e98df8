import { type Digits } from '../../common/money.js';
import { type Answer, type Outcome } from './outcome.js';
import { type TemplateButtonType, type TemplateCategory } from './templates.js';

export interface Messaging {
  readonly carries: ReadonlySet<OutboundContent['kind']>;
  /** The provider takes a second request with the same `requestKey` and content as the first one again. */
  readonly repeatSafe: boolean;
  /** What of a template it carries beside the body's values. */
  readonly templateParts: ReadonlySet<TemplatePart>;
  /** With the part `sms`: when the provider sends it, for that is its own setting and no field of the request. */
  readonly smsRules?: ReadonlySet<FallbackRule>;
  /** Which files it carries; absent where it carries none. */
  readonly media?: MediaRules;
  /** The provider fetches a merchant's link itself, so nobody else has looked at it. */
  readonly fetchesLinks?: true;
  /** Why the provider would refuse a value of a template's, as a sentence; absent where it states no rule. */
  lint?(value: string): string | null;
  /** One outcome for each message, in order; never more than limits.maxBatchSize of them. Does not throw. */
  send(batch: readonly Outbound[], signal: AbortSignal): Promise<readonly Outcome[]>;
}

/** When another way to reach a person is taken, beside the first or after it. */
export type FallbackRule = 'NOT_ON_WHATSAPP' | 'FAILED' | 'NOT_DELIVERED' | 'NOT_READ' | 'ALWAYS';

/** `sms`: the text of an SMS rides in the same request. */
export type TemplatePart = 'header' | 'buttons' | 'sms';

export type MediaType = 'IMAGE' | 'DOCUMENT' | 'AUDIO' | 'VIDEO';

/** What the provider takes of one type of file. */
export interface MediaRule {
  readonly mimeTypes: readonly string[];
  readonly maxBytes: number;
  readonly caption: boolean;
}

export type MediaRules = Readonly<Partial<Record<MediaType, MediaRule>>>;

/** A message on its way out, in the provider's terms. */
export interface Outbound {
  /** Echoed in callbacks where the provider can. A UUID. */
  readonly attemptId: string;
  /** Names the request to the provider; the same over repeats of one message. A UUID. */
  readonly requestKey: string;
  /** E.164 with the plus; without a plus it is the provider's own id of a person whose number it keeps back. */
  readonly to: string;
  /** Of the highest priority: a code. */
  readonly urgent: boolean;
  /** The provider's own id of the message that this one answers; ignored where it cannot quote. */
  readonly quotes: string | null;
  readonly content: OutboundContent;
}

export type OutboundContent =
  OutboundTemplate | OutboundText | OutboundMedia | OutboundInteractive | OutboundOrder | OutboundOrderStatus;

export interface OutboundTemplate {
  readonly kind: 'template';
  /** What the account calls the template. */
  readonly externalId: string;
  readonly language: string;
  readonly category: TemplateCategory;
  /** The body's values; element 0 fills {{1}}. */
  readonly params: readonly string[];
  /** Their names, where the provider has names and not numbers; else empty. */
  readonly paramNames: readonly string[];
  /** The value of the header's placeholder with its name, where it has one, or its file; null where it takes none. */
  readonly header: { readonly text: string; readonly name?: string } | { readonly file: OutboundFile } | null;
  /** Those that take a value, by their place from 0. */
  readonly buttons: readonly { readonly index: number; readonly type: TemplateButtonType; readonly value: string }[];
  /** The SMS that rides along, where the provider carries one. */
  readonly sms: { readonly externalId: string; readonly params: readonly string[] } | null;
  /** What its order-details button opens, with the button's place from 0; absent where it has none. */
  readonly order?: { readonly index: number; readonly details: OrderDetails };
}

export interface OutboundText {
  readonly kind: 'text';
  readonly text: string;
}

export interface OutboundMedia {
  readonly kind: 'media';
  readonly file: OutboundFile;
  readonly caption: string | null;
}

/** A file that is sent: a provider takes its link or its bytes. */
export interface OutboundFile {
  readonly type: MediaType;
  /** Names bytes that are ours, so that an upload can be remembered; null for a link of the merchant's. */
  readonly key: string | null;
  /** Where the provider can fetch it: the merchant's link, or one of ours that is good for a day. */
  readonly link: string;
  readonly filename: string | null;
  /** Ours, or fetched from the link past the address guard. The type is read off the bytes. Does not throw. */
  bytes(signal: AbortSignal): Promise<Answer<{ readonly bytes: Buffer; readonly mimeType: string }>>;
}

export interface OutboundInteractive {
  readonly kind: 'interactive';
  readonly text: string;
  /** 1 to 3, or none where there is a list. */
  readonly buttons: readonly { readonly id: string; readonly title: string }[];
  readonly list: OptionList | null;
}

export interface OptionList {
  readonly button: string;
  readonly sections: readonly {
    readonly title: string;
    readonly rows: readonly { readonly id: string; readonly title: string; readonly description: string | null }[];
  }[];
}

/** An order that the person reviews and pays in the chat. */
export interface OutboundOrder {
  readonly kind: 'order';
  readonly text: string;
  readonly footer: string | null;
  readonly headerImage: OutboundFile | null;
  readonly details: OrderDetails;
}

/** Where the order of an earlier message stands. */
export interface OutboundOrderStatus {
  readonly kind: 'orderStatus';
  readonly text: string;
  readonly details: OrderStanding;
}

/** An order as it is asked for in the chat. Its parts add up to its total. */
export interface OrderDetails {
  /** 1 to 35 of A-Z a-z 0-9 _ - . and of no other order message of the business. */
  readonly referenceId: string;
  readonly goods: GoodsType;
  /** upi, payment_gateway or payment_gateway:razorpay, … */
  readonly paymentType: string;
  /** The payment configuration's name at the provider. */
  readonly configuration: string;
  readonly currency: string;
  readonly items: readonly OrderLine[];
  readonly subtotal: Digits;
  readonly tax: OrderPart;
  readonly shipping: OrderPart;
  readonly discount: OrderPart & { readonly program: string | null };
  readonly total: Digits;
  /** ISO 8601; null where the merchant named no time. */
  readonly expires: { readonly at: string; readonly description: string | null } | null;
  readonly beneficiaries: readonly Beneficiary[];
}

export type GoodsType = 'DIGITAL_GOODS' | 'PHYSICAL_GOODS';

export interface OrderPart {
  readonly amount: Digits;
  readonly description: string | null;
}

export interface OrderLine {
  readonly retailerId: string;
  readonly name: string;
  /** Of one. */
  readonly amount: Digits;
  /** Of one, where it is reduced: then it counts. */
  readonly saleAmount: Digits | null;
  readonly quantity: number;
  /** All three, or none of them. */
  readonly countryOfOrigin: string | null;
  readonly importerName: string | null;
  readonly importerAddress: string | null;
}

/** Who gets the goods. */
export interface Beneficiary {
  readonly name: string;
  readonly addressLine1: string;
  readonly addressLine2: string | null;
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly postalCode: string;
}

export interface OrderStanding {
  /** That of an order message which was sent. */
  readonly referenceId: string;
  readonly status: OrderStatus;
  readonly description: string | null;
}

export type OrderStatus = 'PENDING' | 'PROCESSING' | 'PARTIALLY_SHIPPED' | 'SHIPPED' | 'COMPLETED' | 'CANCELED';
