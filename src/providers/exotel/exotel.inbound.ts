/** What customers write, as Exotel's callbacks bring it. */
import { unstorableAt } from '../../common/text.js';
import { boundedCopy, nameOf, objectOf, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { whatsAppInbound } from '../../common/whatsapp-inbound.js';
import { type Observation } from '../ports/callbacks.js';
import { momentOf, phoneOf, sidOf } from './exotel.values.js';

/** A message of a customer's; nothing where it has no id or nobody wrote it. Never throws. */
export function readIncoming(said: JsonObject): readonly Observation[] {
  const reference = sidOf(said);
  const from = phoneOf(said['from']);
  if (reference === null || from === null) return [];
  const content = objectOf(said['content']);
  // Where a reply says what it answers is not documented; both places have been seen.
  const context = objectOf(said['context']) ?? objectOf(content?.['context']);
  return [
    {
      kind: 'inbound',
      mailbox: phoneOf(said['to']),
      reference,
      occurredAt: momentOf(said['timestamp']),
      from,
      recipientId: null,
      fromName: nameOf(said['profile_name']),
      inReplyTo: context === null ? null : (sidOf(context) ?? sidOf({ sid: context['id'] })),
      content: (content && whatsAppInbound(content, addressOf)) ?? { kind: 'unknown', raw: rawOf(content) },
    },
  ];
}

/** The address of a file; null where there is none that can be fetched. */
function addressOf(file: JsonObject): string | null {
  // `url` in callbacks, `link` in requests; clients have met both.
  const url = textOf(file['url']) ?? textOf(file['link']);
  if (url === null || !/^https?:\/\//i.test(url)) return null;
  // One that was cut or mended would lead elsewhere.
  return url.length > LONGEST_URL || unstorableAt(url) !== null ? null : url;
}

const LONGEST_URL = 4_096;

/** The content as it came, or nothing of it: mended, it would be another. */
function rawOf(content: JsonObject | null): Record<string, unknown> {
  return (content && unstorableAt(content) === null ? boundedCopy(content) : null) ?? {};
}
