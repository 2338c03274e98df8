import { type Provider } from './ports/provider.js';

/** What an account can do, with what that means. A capability is the presence of a port (ports/provider.ts). */
export const CAPABILITIES = {
  TEMPLATE: 'Sends approved templates.',
  TEXT: 'Sends free text to a person who wrote within 24 hours.',
  MEDIA: 'Sends images, documents, audio or video.',
  INTERACTIVE: 'Sends buttons and lists to choose from.',
  SMS_FALLBACK: 'Sends an SMS in place of a message that cannot arrive.',
  ORDER_DETAILS: 'Asks for a payment in the chat.',
  ORDER_STATUS: 'Tells a person in the chat where their order stands.',
  CHECKOUT: 'Opens a page on which a person pays.',
  VERIFICATION: 'Proves a phone number by a message that its owner sends.',
  NUMBER_CHECK: 'Tells whether a number is on WhatsApp.',
  STATUS_INQUIRY: 'Can be asked where a message stands.',
  DELIVERY_REPORTS: 'Tells by callback when a message was sent, delivered and read.',
  TEMPLATE_REGISTRATION: 'Takes templates for approval, and lists them.',
  INBOUND: 'Passes on what persons write.',
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** Which port makes a capability. */
const PRESENT: Readonly<Record<Capability, (provider: Provider) => boolean>> = {
  TEMPLATE: ({ messaging }) => messaging?.carries.has('template') ?? false,
  TEXT: ({ messaging }) => messaging?.carries.has('text') ?? false,
  MEDIA: ({ messaging }) => messaging?.carries.has('media') ?? false,
  INTERACTIVE: ({ messaging }) => messaging?.carries.has('interactive') ?? false,
  SMS_FALLBACK: ({ messaging }) => messaging?.templateParts.has('sms') ?? false,
  ORDER_DETAILS: ({ messaging }) => messaging?.carries.has('order') ?? false,
  ORDER_STATUS: ({ messaging }) => messaging?.carries.has('orderStatus') ?? false,
  CHECKOUT: ({ checkout }) => checkout !== undefined,
  VERIFICATION: ({ verification }) => verification !== undefined,
  NUMBER_CHECK: ({ numbers }) => numbers !== undefined,
  STATUS_INQUIRY: ({ inquiry }) => inquiry !== undefined,
  DELIVERY_REPORTS: ({ callbacks }) => callbacks?.deliveryReports ?? false,
  TEMPLATE_REGISTRATION: ({ templates }) => templates !== undefined,
  INBOUND: ({ callbacks }) => callbacks?.inbound ?? false,
};

export function capabilitiesOf(provider: Provider): Capability[] {
  return (Object.keys(CAPABILITIES) as Capability[]).filter((capability) => PRESENT[capability](provider));
}
