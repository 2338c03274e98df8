import { type SendFile, type SendTemplate } from '../messages/planning/send-content.js';

/** How a payment is asked for. */
export type PaymentTerms = ChatTerms | CheckoutTerms;

/** By an order message in the chat. */
export interface ChatTerms {
  readonly via: 'WHATSAPP';
  readonly text: string;
  readonly footer: string | null;
  readonly headerImage: SendFile | null;
  readonly configuration: string;
  readonly paymentType: string;
  /** Outside the 24-hour window: one with an order-details button. */
  readonly template: SendTemplate | null;
  /** The merchant named the time: the card shows it, with these words. */
  readonly showsExpiry: boolean;
  readonly expiryDescription: string | null;
}

/** By a hosted page. */
export interface CheckoutTerms {
  readonly via: 'CHECKOUT';
  readonly methods: readonly string[];
  readonly callbackUrl: string | null;
  /** Its values get the link appended. */
  readonly linkTemplate: SendTemplate | null;
  readonly customerEmail: string | null;
}
