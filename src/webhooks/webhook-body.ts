import { type EventType, type WrittenEvent } from '../events/event-types.js';

/** `{"type": "message.delivered", "timestamp": "…", "data": {…}}` (interface.md, Webhook bodies): the same bytes each time. */
export function webhookBody({ type, occurredAt, data }: Pick<WrittenEvent, 'type' | 'occurredAt' | 'data'>): Buffer {
  return Buffer.from(`{"type":"${webhookType(type)}","timestamp":"${occurredAt.toISOString()}","data":${data}}`);
}

/** The EventType in lower case with its last underscore a dot. */
export const webhookType = (type: EventType): string => type.toLowerCase().replace(/_(?=[^_]*$)/, '.');
