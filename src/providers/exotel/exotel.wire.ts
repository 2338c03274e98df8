/**
 * Exotel on the wire: its WhatsApp messages API, version 2.
 *
 * Three layers of Exotel's documentation disagree. These types are the form with `whatsapp` of its payments page and of
 * the older developer.exotel.com/api pages; the flat form of the newer /docs pages is neither sent nor read.
 */
import { type WhatsAppComponent, type WhatsAppInteractive, type WhatsAppMedia } from '../../common/whatsapp-message.js';
import {
  type WhatsAppNamedPayee,
  type WhatsAppOrderButton,
  type WhatsAppOrderDetails,
  type WhatsAppOrderStatus,
} from '../../common/whatsapp-order.js';

/** `POST` here; a sid that is not one path segment would lead elsewhere. */
export const messagesPath = (accountSid: string): string => `/v2/accounts/${encodeURIComponent(accountSid)}/messages`;

/** Body of `POST /v2/accounts/{accountSid}/messages`. */
export interface ExotelRequest {
  /** Echoed in callbacks. For several messages it is that of the first. */
  custom_data?: string;
  /** Wins over the account's own URL, set by Exotel's staff; it also gets the replies to these messages. */
  status_callback?: string;
  whatsapp: {
    custom_data?: string;
    status_callback?: string;
    /** 1 to 100; more are HTTP 400 for the whole request. */
    messages: ExotelMessage[];
  };
}

export interface ExotelMessage {
  /** E.164; Exotel's samples have it with and without the plus. */
  from: string;
  to: string;
  /** Not in the documents; seen with clients in production. */
  custom_data?: string;
  content: ExotelContent;
}

export type ExotelContent = { recipient_type: 'individual' } & (
  | { type: 'text'; text: { body: string; preview_url?: boolean } }
  | WhatsAppMedia<ExotelLink>
  | { type: 'template'; template: ExotelTemplate }
  | { type: 'interactive'; interactive: WhatsAppInteractive | ExotelOrderDetails | WhatsAppOrderStatus }
);

/** Rupees and Indian numbers alone, within 24 hours of the person's last message; a template's button opens one later. */
export type ExotelOrderDetails = WhatsAppOrderDetails<WhatsAppNamedPayee, ExotelLink>;

/** Where a file is: a public link, for Meta's media ids are not taken. */
export interface ExotelLink {
  link: string;
}

/** As Meta's Cloud API has it. */
export interface ExotelTemplate {
  name: string;
  namespace?: string;
  language: { policy: 'deterministic'; code: string };
  components: ExotelComponent[];
}

export type ExotelComponent = WhatsAppComponent<ExotelLink> | WhatsAppOrderButton<WhatsAppNamedPayee>;

/** The answer to messages, HTTP 202 also when some or all of them were refused. */
export interface ExotelAnswer {
  request_id: string;
  method: 'POST';
  http_code: number;
  metadata: { failed: number; total: number; success: number };
  response: {
    whatsapp: {
      /** In the order of the request. */
      messages: ExotelMessageAnswer[];
    };
  };
}

export interface ExotelMessageAnswer {
  /** As HTTP has them: 202 was taken. */
  code: number;
  error_data: ExotelError | null;
  /** `success`; the word of a failure is not documented. */
  status: string;
  data: { sid: string } | null;
}

export interface ExotelError {
  code: number;
  message: string;
  description: string;
}

/** The answer to a request that was refused whole. Not documented; the form of Exotel's other version 2 calls. */
export interface ExotelRefusal {
  request_id: string;
  method: 'POST';
  http_code: number;
  response: { code: number; error_data: ExotelError; status: string; data: null };
}

/** What Exotel posts to `status_callback`, or to the account's own URL: bare, or within `params` (payments page). */
export type ExotelCallback = ExotelCallbackBody | { params: ExotelCallbackBody };

export interface ExotelCallbackBody {
  whatsapp: { messages: (ExotelStatus | ExotelIncoming)[] };
}

/** How far a message came, or its payment. A payment names no amount. */
export interface ExotelStatus {
  callback_type: 'dlr';
  sid: string;
  /** The customer. */
  to: string;
  /** `exotel.codes.ts` has the table. */
  exo_status_code: number;
  /** `EX_MESSAGE_DELIVERED`. */
  exo_detailed_status: string;
  description: string;
  /** With an offset: `2024-05-21T12:48:26+05:30`. */
  timestamp: string;
  custom_data?: string;
  conversation_id?: string;
  /** Of an order message, also where it is only delivered: the reference of its order. */
  payment_reference_id?: string;
  /** The gateway's own, once it was paid. */
  payment_transaction_id?: string;
}

/** A customer wrote. */
export interface ExotelIncoming {
  /** `icm` in the documents, `incoming_message` in every production sample that is known. */
  callback_type: 'icm' | 'incoming_message';
  sid: string;
  /** The customer. */
  from: string;
  /** Ours. */
  to: string;
  profile_name?: string;
  timestamp: string;
  content: ExotelIncomingContent;
}

export type ExotelIncomingContent =
  | { type: 'text'; text: { body: string } }
  | { type: 'image'; image: ExotelIncomingMedia }
  | { type: 'video'; video: ExotelIncomingMedia }
  | { type: 'audio'; audio: ExotelIncomingMedia }
  | { type: 'document'; document: ExotelIncomingMedia }
  | { type: 'sticker'; sticker: ExotelIncomingMedia }
  /** A quick reply of a template. */
  | { type: 'button'; button: { text: string; payload?: string } }
  | {
      type: 'interactive';
      interactive:
        | { type: 'button_reply'; button_reply: { id: string; title: string } }
        | { type: 'list_reply'; list_reply: { id: string; title: string; description?: string } }
        | { type: 'nfm_reply'; nfm_reply: { response_json: string; body?: string; name?: string } };
    }
  | { type: 'location'; location: { latitude: number; longitude: number; name?: string; address?: string } }
  | { type: 'contacts'; contacts: Record<string, unknown>[] }
  | { type: 'order'; order: Record<string, unknown> };

/** A download, not an id. */
export interface ExotelIncomingMedia {
  url: string;
  caption?: string;
  filename?: string;
  mime_type?: string;
}
