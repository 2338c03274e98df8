/** Messages as Meta takes them. Pure. */
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
import { type OrderDetails, type Outbound, type OutboundFile, type OutboundTemplate } from '../ports/messaging.js';
import { headerParamName } from './meta.template-form.js';
import {
  type MetaContent,
  type MetaEnvelope,
  type MetaMediaSource,
  type MetaPayee,
  type MetaSendRequest,
} from './meta.wire.js';

/** The one file that a message carries, in its content or in its header. */
export function fileOf({ content }: Pick<Outbound, 'content'>): OutboundFile | null {
  if (content.kind === 'media') return content.file;
  if (content.kind === 'order') return content.headerImage;
  if (content.kind === 'template' && content.header && 'file' in content.header) return content.header.file;
  return null;
}

/** The body of a send. `source` is where Meta finds the message's file; null where it has none. */
export function sendBody(message: Outbound, source: MetaMediaSource | null): MetaSendRequest {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...addressOf(message.to),
    ...contentOf(message.content, source),
    ...(message.quotes === null ? {} : { context: { message_id: message.quotes } }),
    biz_opaque_callback_data: message.attemptId,
  };
}

/** A number goes without its plus; digits alone are a wa_id, which is a number too. */
function addressOf(to: string): Pick<MetaEnvelope, 'to' | 'recipient'> {
  return /^\+?\d+$/.test(to) ? { to: to.replace('+', '') } : { recipient: to };
}

function contentOf(content: Outbound['content'], source: MetaMediaSource | null): MetaContent {
  const sourceOf = ({ link }: Pick<OutboundFile, 'link'>): MetaMediaSource => source ?? { link };
  switch (content.kind) {
    case 'text':
      return { type: 'text', text: { body: content.text, preview_url: false } };
    case 'media':
      return whatsAppMedia(content.file, sourceOf(content.file), content.caption);
    case 'interactive':
      return { type: 'interactive', interactive: whatsAppInteractive(content) };
    case 'template': {
      const components = [
        ...whatsAppComponents({ ...content, header: namedHeader(content) }, sourceOf),
        ...whatsAppOrderButtons(content.order, payeeOf),
      ];
      return {
        type: 'template',
        template: {
          name: content.externalId,
          language: { code: content.language, policy: 'deterministic' },
          ...(components.length === 0 ? {} : { components }),
        },
      };
    }
    case 'order': {
      const { details, headerImage } = content;
      const parameters = whatsAppOrderParameters(details, payeeOf(details));
      return {
        type: 'interactive',
        interactive: whatsAppOrderDetails(content, parameters, headerImage && sourceOf(headerImage)),
      };
    }
    case 'orderStatus':
      return { type: 'interactive', interactive: whatsAppOrderStatus(content) };
  }
}

/** A gateway has a form of its own, which names it; a bare `payment_gateway` names none, so it keeps the older form. */
function payeeOf(details: OrderDetails): MetaPayee {
  const gateway = /^payment_gateway:(.+)$/.exec(details.paymentType)?.[1];
  if (gateway === undefined) return namedPayee(details);
  const payment_gateway = { type: gateway, configuration_name: details.configuration };
  return { payment_settings: [{ type: 'payment_gateway', payment_gateway }] };
}

/** The header with the name that its placeholder has where the body's have names. */
function namedHeader({ header, paramNames }: OutboundTemplate): OutboundTemplate['header'] {
  if (!header || 'file' in header) return header;
  const name = headerParamName(header.name, paramNames.length > 0);
  return name === undefined ? header : { ...header, name };
}

/** Why Meta would refuse a value of a template's, as a sentence; null when it is fine. */
export function lint(value: string): string | null {
  return templateValueProblem(value, 'Meta');
}
