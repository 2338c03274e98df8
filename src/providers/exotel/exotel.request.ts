/** Messages as Exotel takes them, which is Meta's form within an envelope of Exotel's. Pure. */
import {
  templateValueProblem,
  whatsAppComponents,
  whatsAppInteractive,
  whatsAppMedia,
} from '../../common/whatsapp-message.js';
import {
  namedPayee,
  whatsAppOrderButtons,
  whatsAppOrderDetails,
  whatsAppOrderParameters,
  whatsAppOrderStatus,
} from '../../common/whatsapp-order.js';
import {
  type Outbound,
  type OutboundContent,
  type OutboundFile,
  type OutboundOrder,
  type OutboundTemplate,
} from '../ports/messaging.js';
import {
  type ExotelContent,
  type ExotelLink,
  type ExotelMessage,
  type ExotelOrderDetails,
  type ExotelRequest,
  type ExotelTemplate,
} from './exotel.wire.js';

/** What the messages of one request share. */
export interface Sender {
  /** E.164. */
  readonly from: string;
  readonly statusCallback: string;
}

/** The request of a batch. `customData` stands above the messages: the attempt of the first. */
export function exotelRequest(sender: Sender, customData: string, messages: ExotelMessage[]): ExotelRequest {
  return { custom_data: customData, status_callback: sender.statusCallback, whatsapp: { messages } };
}

/** One message of a request, with its own attempt to be echoed. */
export function exotelMessage(sender: Sender, message: Outbound): ExotelMessage {
  return {
    from: sender.from,
    to: message.to,
    custom_data: message.attemptId,
    content: contentOf(message.content),
  };
}

function contentOf(content: OutboundContent): ExotelContent {
  const recipient_type = 'individual';
  switch (content.kind) {
    case 'text':
      return { recipient_type, type: 'text', text: { body: content.text } };
    case 'media':
      return { recipient_type, ...whatsAppMedia(content.file, linkOf(content.file), content.caption) };
    case 'interactive':
      return { recipient_type, type: 'interactive', interactive: whatsAppInteractive(content) };
    case 'template':
      return { recipient_type, type: 'template', template: templateOf(content) };
    case 'order':
      return { recipient_type, type: 'interactive', interactive: orderOf(content) };
    case 'orderStatus':
      return { recipient_type, type: 'interactive', interactive: whatsAppOrderStatus(content) };
  }
}

function orderOf(content: OutboundOrder): ExotelOrderDetails {
  const { details, headerImage } = content;
  const parameters = whatsAppOrderParameters(details, namedPayee(details));
  return whatsAppOrderDetails(content, parameters, headerImage && linkOf(headerImage));
}

function templateOf(content: OutboundTemplate): ExotelTemplate {
  return {
    name: content.externalId,
    language: { policy: 'deterministic', code: content.language },
    components: [...whatsAppComponents(content, linkOf), ...whatsAppOrderButtons(content.order, namedPayee)],
  };
}

function linkOf({ link }: Pick<OutboundFile, 'link'>): ExotelLink {
  return { link };
}

/** Why WhatsApp would refuse a value of a template's, as a sentence; null when it is fine. Exotel hands it on as it is. */
export function lint(value: string): string | null {
  return templateValueProblem(value, 'WhatsApp');
}
