import { type Provider } from './ports.js';

/** What an account can do, with what that means. A capability is the presence of a port (ports.ts). */
export const CAPABILITIES = {
  TEMPLATE: 'Sends approved templates.',
  DELIVERY_REPORTS: 'Tells by callback when a message was sent, delivered and read.',
} as const;

export type Capability = keyof typeof CAPABILITIES;

export function capabilitiesOf(provider: Provider): Capability[] {
  const found: Capability[] = [];
  if (provider.messaging?.carries.has('template')) found.push('TEMPLATE');
  if (provider.callbacks?.deliveryReports) found.push('DELIVERY_REPORTS');
  return found;
}
