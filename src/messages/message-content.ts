import {
  type MediaType,
  type OptionList,
  type OrderDetails,
  type OrderStanding,
} from '../providers/ports/messaging.js';
import { type TemplateButtonType } from '../providers/ports/templates.js';

/** A file that is sent: an address of the merchant's, or an upload by its UUID. */
export interface FilePart {
  readonly type: MediaType;
  readonly url: string | null;
  readonly mediaId: string | null;
  readonly filename: string | null;
}

/** A template with its values, as it was accepted: kept whole, so that a later change of the template changes no sent message. */
export interface TemplateMessage {
  readonly kind: 'template';
  readonly templateId: string;
  readonly name: string;
  readonly language: string;
  readonly params: readonly string[];
  /** The text as the recipient reads it; of a secret one with a mask in the place of each value. */
  readonly text: string;
  /** Its values are for the recipient alone: no answer of the API and no kept exchange shows them. */
  readonly secret?: true;
  /** The value of the header's placeholder, or its file; left out where it takes none. */
  readonly header?: { readonly text: string } | { readonly file: FilePart };
  readonly buttons?: readonly { readonly index: number; readonly type: TemplateButtonType; readonly value: string }[];
  /** The SMS that rides in the same request. */
  readonly sms?: {
    readonly templateId: string;
    readonly params: readonly string[];
    readonly text: string;
    readonly secret?: true;
  };
  /** What its order-details button opens, with the button's place from 0. */
  readonly order?: { readonly index: number; readonly details: OrderDetails };
}

export interface TextMessage {
  readonly kind: 'text';
  readonly text: string;
}

/** A file with what is known of it. `mediaId` is a UUID: an upload, or what a person sent. */
export interface MediaMessage extends FilePart {
  readonly kind: 'media';
  readonly mimeType: string | null;
  /** In bytes. */
  readonly size: number | null;
  readonly caption: string | null;
}

/** Outbound a question with its choices; inbound the title and id of what a person chose. */
export interface InteractiveMessage {
  readonly kind: 'interactive';
  readonly text: string;
  readonly buttons: readonly { readonly id: string; readonly title: string }[];
  readonly list: OptionList | null;
  readonly replyId: string | null;
}

/** An order that the person is to review and pay. */
export interface OrderMessage {
  readonly kind: 'order';
  /** The payment's UUID. */
  readonly paymentId: string;
  readonly text: string;
  readonly footer: string | null;
  readonly headerImage: FilePart | null;
  readonly details: OrderDetails;
}

/** Where an order stands. */
export interface OrderStatusMessage {
  readonly kind: 'orderStatus';
  /** The payment's UUID. */
  readonly paymentId: string;
  readonly text: string;
  readonly details: OrderStanding;
}

/** Something inbound of a kind that we do not read. */
export interface UnknownMessage {
  readonly kind: 'unknown';
  readonly raw: Record<string, unknown>;
}

/** What a message says. */
export type MessageContent =
  | TemplateMessage
  | TextMessage
  | MediaMessage
  | InteractiveMessage
  | OrderMessage
  | OrderStatusMessage
  | UnknownMessage;
