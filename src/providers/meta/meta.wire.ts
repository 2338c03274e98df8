/**
 * The WhatsApp Cloud API on the wire (Meta's documentation of Graph API v23.0 and later, read in 2025 and 2026): types
 * and paths alone. Everything that Meta says is optional or may be another word is typed so.
 */
import { type WhatsAppComponent, type WhatsAppInteractive, type WhatsAppMedia } from '../../common/whatsapp-message.js';
import {
  type WhatsAppAmount,
  type WhatsAppNamedPayee,
  type WhatsAppOrderButton,
  type WhatsAppOrderDetails,
  type WhatsAppOrderStatus,
} from '../../common/whatsapp-order.js';

/** A request without a version takes the oldest that the app knows, so one is always named. */
export const DEFAULT_API_VERSION = 'v23.0';

/**
 * Paths below `/{version}/`. Ids are put in as they are; none that we take has a character that needs escaping. What a
 * merchant names is escaped.
 */
export const paths = {
  messages: (phoneNumberId: string): string => `${phoneNumberId}/messages`,
  media: (phoneNumberId: string): string => `${phoneNumberId}/media`,
  templates: (businessAccountId: string): string => `${businessAccountId}/message_templates`,
  uploads: (appId: string): string => `${appId}/uploads`,
  payment: (phoneNumberId: string, configuration: string, referenceId: string): string =>
    `${phoneNumberId}/payments/${encodeURIComponent(configuration)}/${encodeURIComponent(referenceId)}`,
} as const;

/** Body of `POST /{phone-number-id}/messages`. */
export type MetaSendRequest = MetaEnvelope & MetaContent;

export interface MetaEnvelope {
  messaging_product: 'whatsapp';
  recipient_type: 'individual';
  /** A number in digits, with or without a plus. */
  to?: string;
  /**
   * A business-scoped user id, like `US.13491208655302741918`, of a person whose number is kept back ("Business-scoped
   * user IDs", updated 28 May 2026). Where both are there, `to` wins.
   */
  recipient?: string;
  context?: { message_id: string };
  /** At most 512 characters; comes back in every status of the message. */
  biz_opaque_callback_data?: string;
}

export type MetaContent =
  | { type: 'text'; text: { body: string; preview_url: boolean } }
  | WhatsAppMedia<MetaMediaSource>
  | { type: 'interactive'; interactive: WhatsAppInteractive | MetaOrderDetails | WhatsAppOrderStatus }
  | { type: 'template'; template: MetaTemplate };

/** Rupees and Indian numbers alone, within 24 hours of the person's last message; a template's button opens one later. */
export type MetaOrderDetails = WhatsAppOrderDetails<MetaPayee, MetaMediaSource>;

/** Who is paid: a gateway that is linked in the Business Suite, else the older form, which UPI still has. */
export type MetaPayee =
  | {
      payment_settings: [
        {
          type: 'payment_gateway';
          /** `type`: razorpay, payu, billdesk or zaakpay. */
          payment_gateway: { type: string; configuration_name: string };
        },
      ];
    }
  | WhatsAppNamedPayee;

/** A file by the id of its upload or by where Meta can fetch it. */
export type MetaMediaSource = { id: string } | { link: string };

export interface MetaTemplate {
  name: string;
  language: { code: string; policy?: 'deterministic' };
  components?: (WhatsAppComponent<MetaMediaSource> | WhatsAppOrderButton<MetaPayee>)[];
}

/** 200 means that it was taken, not that it was sent. */
export interface MetaSendResponse {
  messaging_product: 'whatsapp';
  /** `wa_id` for a send to a number, `user_id` for one to a business-scoped id. */
  contacts: { input: string; wa_id?: string; user_id?: string }[];
  /** `message_status` for templates alone: `accepted`, `held_for_quality_assessment` or `paused`. */
  messages: { id: string; message_status?: string }[];
}

/** Body that marks a message as read, posted where messages are sent. */
export interface MetaReadRequest {
  messaging_product: 'whatsapp';
  status: 'read';
  message_id: string;
}

/** Of marking as read, editing and deleting. */
export interface MetaSuccess {
  success: boolean;
}

/** Every failure. The code decides and never the HTTP status, the subcode or the title. */
export interface MetaErrorResponse {
  error: {
    message: string;
    type?: string;
    code: number;
    error_subcode?: number;
    error_data?: { messaging_product?: string; details?: string };
    error_user_title?: string;
    error_user_msg?: string;
    fbtrace_id?: string;
  };
}

/** `POST /{phone-number-id}/media`: multipart with messaging_product, type and file. Kept for 30 days. */
export interface MetaUploadResponse {
  id: string;
}

/** `GET /{media-id}`. The address asks for the bearer token too, and lives for about 5 minutes. */
export interface MetaMediaResponse {
  messaging_product: 'whatsapp';
  url: string;
  mime_type: string;
  sha256: string;
  file_size: number;
  id: string;
}

export interface MetaPhoneNumber {
  id: string;
  display_phone_number?: string;
  verified_name?: string;
  quality_rating?: string;
}

/** `POST /{app-id}/uploads`: the session of a resumable upload; then `POST /{id}` with the bytes. */
export interface MetaUploadSession {
  /** `upload:…`, a query of its own behind it. */
  id: string;
}

/** What the bytes of a resumable upload are answered with: the handle. */
export interface MetaUploadHandle {
  h: string;
}

/** Body of `POST /{waba-id}/message_templates`; of an edit, `POST /{template-id}`, without name and language. */
export interface MetaTemplateRequest {
  name: string;
  language: string;
  category: string;
  parameter_format?: 'POSITIONAL' | 'NAMED';
  components: MetaComponent[];
}

export interface MetaTemplateResponse {
  id: string;
  status: string;
  category: string;
}

/** A component of a template's own; the words are in capitals here and in small letters in a send. */
export type MetaComponent =
  | {
      type: 'HEADER';
      format: string;
      text?: string;
      example?: {
        header_text?: string[];
        header_text_named_params?: MetaNamedExample[];
        header_handle?: string[];
      };
    }
  | {
      type: 'BODY';
      text?: string;
      /** Of AUTHENTICATION templates, whose text is Meta's own. */
      add_security_recommendation?: boolean;
      example?: { body_text?: string[][]; body_text_named_params?: MetaNamedExample[] };
    }
  | { type: 'FOOTER'; text?: string; code_expiration_minutes?: number }
  | { type: 'BUTTONS'; buttons: MetaButton[] };

export interface MetaNamedExample {
  param_name: string;
  example: string;
}

export interface MetaButton {
  /** QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, OTP, FLOW, CATALOG, … */
  type: string;
  text?: string;
  url?: string;
  phone_number?: string;
  otp_type?: string;
  example?: string | string[];
}

/** One of `GET /{waba-id}/message_templates`. */
export interface MetaListedTemplate {
  id: string;
  name: string;
  language: string;
  status: string;
  category: string;
  parameter_format?: string;
  rejected_reason?: string;
  components: (MetaComponent | { type: string })[];
}

export interface MetaTemplatePage {
  data: MetaListedTemplate[];
  /** The last page has no `next`, and has cursors all the same. */
  paging?: { cursors?: { before?: string; after?: string }; next?: string };
}

/** What Meta posts to the callback URL; every array may hold several. */
export interface MetaWebhook {
  object: 'whatsapp_business_account';
  entry: {
    /** The WhatsApp Business Account. */
    id: string;
    /** Epoch seconds. */
    time?: number;
    changes: (
      | { field: 'messages'; value: MetaMessagesValue }
      | { field: 'message_template_status_update'; value: MetaTemplateStatusValue }
      | { field: 'template_category_update'; value: MetaTemplateCategoryValue }
    )[];
  }[];
}

export interface MetaMessagesValue {
  messaging_product: 'whatsapp';
  metadata: { display_phone_number: string; phone_number_id: string };
  contacts?: MetaWebhookContact[];
  messages?: MetaInboundMessage[];
  statuses?: (MetaStatus | MetaPaymentStatus)[];
  errors?: MetaWebhookError[];
}

export interface MetaWebhookContact {
  profile?: { name?: string; username?: string };
  /** Missing where the person has a user name and the number is kept back. */
  wa_id?: string;
  /** The business-scoped user id, since April 2026. */
  user_id?: string;
}

export interface MetaWebhookError {
  code: number;
  title?: string;
  message?: string;
  error_data?: { details?: string };
  href?: string;
}

export interface MetaStatus {
  id: string;
  /** `sent`, `delivered`, `read`, `failed`; `played` for voice. */
  status: string;
  /** Epoch seconds, as a string. */
  timestamp: string;
  recipient_id?: string;
  recipient_user_id?: string;
  biz_opaque_callback_data?: string;
  conversation?: { id: string; expiration_timestamp?: string; origin?: { type: string } };
  pricing?: { billable: boolean; pricing_model: string; type?: string; category: string };
  errors?: MetaWebhookError[];
}

/** Of the same message id as its delivery states, and none of them: `type` tells. */
export interface MetaPaymentStatus {
  id: string;
  type: 'payment';
  /** `pending` when the person has tried, `captured` when it was paid; Meta's older sample has other words beside. */
  status: string;
  timestamp: string;
  recipient_id?: string;
  payment: MetaPayment & { transaction?: MetaTransaction };
}

/** ("Receive payments via payment gateways", updated 21 May 2026.) */
export interface MetaPayment {
  /** That of the order message. */
  reference_id: string;
  /** Its offset is 100. */
  amount: WhatsAppAmount;
  /** Always INR. */
  currency: string;
}

/** One attempt to pay. */
export interface MetaTransaction {
  /** The gateway's own order id. */
  id: string;
  /** The gateway's own payment id. */
  pg_transaction_id?: string;
  /** razorpay, payu, billdesk or zaakpay. */
  type: string;
  /** `pending`, `success` or `failed`. */
  status: string;
  /** Epoch seconds. */
  created_timestamp?: number | string;
  updated_timestamp?: number | string;
  /** `type`: upi, card, wallet or netbanking. */
  method?: { type: string };
  error?: { code: string; reason: string };
}

/** `GET /{phone-number-id}/payments/{payment-configuration}/{reference-id}`. */
export interface MetaPaymentsResponse {
  /** `pending` is also one that nobody has tried to pay, without transactions, or whose tries all failed. */
  payments: (MetaPayment & { status: string; transactions?: MetaTransaction[] })[];
}

export interface MetaInboundMessage {
  from?: string;
  from_user_id?: string;
  id: string;
  timestamp: string;
  /** text, image, video, audio, document, sticker, button, interactive, reaction, location, contacts, order, … */
  type: string;
  context?: { from?: string; id?: string; forwarded?: boolean };
  text?: { body: string };
  image?: MetaInboundMedia;
  video?: MetaInboundMedia;
  audio?: MetaInboundMedia;
  document?: MetaInboundMedia;
  sticker?: MetaInboundMedia;
  button?: { payload?: string; text: string };
  interactive?:
    | { type: 'button_reply'; button_reply: { id: string; title: string } }
    | { type: 'list_reply'; list_reply: { id: string; title: string; description?: string } }
    | { type: 'nfm_reply'; nfm_reply: unknown };
}

export interface MetaInboundMedia {
  id: string;
  mime_type: string;
  sha256?: string;
  caption?: string;
  filename?: string;
  voice?: boolean;
  animated?: boolean;
}

export interface MetaTemplateStatusValue {
  event: string;
  message_template_id: number;
  message_template_name: string;
  message_template_language: string;
  message_template_category?: string;
  reason?: string | null;
  disable_info?: { disable_date: string };
  other_info?: { title: string; description: string };
  rejection_info?: { reason: string; recommendation: string };
}

/** `template_category_update` (its reference page, updated 11 November 2025). */
export interface MetaTemplateCategoryValue {
  message_template_id: number;
  message_template_name: string;
  message_template_language: string;
  /** The category as it is now, also where a change is only announced, in `correct_category`. */
  new_category: string;
  previous_category?: string;
  correct_category?: string;
}
