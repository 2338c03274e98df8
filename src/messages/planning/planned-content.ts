import { isProblem, type Problem, problem } from '../../common/problem.js';
import { orderButtonOf, readValues, templatePartsOf, type TemplateValues } from '../../templates/template-values.js';
import { pickTemplate, type TemplateToSend } from '../../templates/templates.service.js';
import { capabilityFor, type Need } from './account-choice.js';
import { type MessageContent, type TemplateMessage } from '../message-content.js';
import { textOf } from '../secret-values.js';
import { type SendContent, type SendFile, type SendTemplate } from './send-content.js';

/** An upload, as far as a plan looks at it. */
export interface KnownFile {
  readonly type: string;
  readonly mimeType: string | null;
  readonly size: number | null;
  readonly filename: string | null;
  /** Its bytes are there. */
  readonly ready: boolean;
}

/** Where templates and uploads are looked up. */
interface Shelf {
  readonly templates: readonly TemplateToSend[];
  /** Uploads by UUID. */
  readonly files: ReadonlyMap<string, KnownFile>;
}

/** What is to be said, and what an account must be able to do to carry it. */
export interface Said {
  readonly content: MessageContent;
  readonly need: Need;
  readonly template: TemplateToSend | null;
}

/** What is to be said, looked up: the template by its name, an upload by its id. */
export function contentOf(asked: SendContent, around: Shelf): Said | Problem {
  switch (asked.kind) {
    case 'template':
      return templateOf(asked, around);
    case 'text':
      return { content: asked, need: needOf(asked.kind), template: null };
    case 'interactive':
      return { content: { ...asked, replyId: null }, need: needOf(asked.kind), template: null };
    case 'media': {
      const file = knownFile(asked.file, 'content.media', around);
      if (isProblem(file)) return file;
      const { mimeType = null, size = null, filename = null } = file ?? {};
      const content = { ...asked.file, kind: 'media', mimeType, size, caption: asked.caption } as const;
      return {
        content: { ...content, filename: asked.file.filename ?? filename },
        need: { ...needOf(asked.kind), file: { type: asked.file.type, mimeType, size } },
        template: null,
      };
    }
    case 'order':
      return orderOf(asked, around);
    case 'orderStatus':
      return { content: asked, need: needOf(asked.kind), template: null };
  }
}

function orderOf(asked: Extract<SendContent, { kind: 'order' }>, around: Shelf): Said | Problem {
  const { headerImage: image } = asked;
  const known = image && knownFile(image, 'content.order.headerImage', around);
  if (isProblem(known)) return known;
  const file = image && { type: image.type, mimeType: known?.mimeType ?? null, size: known?.size ?? null };
  return { content: asked, need: { ...needOf(asked.kind), file }, template: null };
}

const needOf = (kind: SendContent['kind']): Need => ({ capability: capabilityFor(kind), template: null, file: null });

/** What an upload is; undefined for a link, at which nobody has looked. */
function knownFile(file: SendFile, at: string, around: Shelf): KnownFile | undefined | Problem {
  if (file.mediaId === null) return undefined;
  const known = around.files.get(file.mediaId);
  if (!known)
    return problem('NOT_FOUND', 'No upload of that id exists in this project: POST it to /media.', `${at}.mediaId`);
  if (!known.ready)
    return problem('MEDIA_REJECTED', 'Its bytes are not there yet; try again in a moment.', `${at}.mediaId`);
  if (known.type !== file.type)
    return problem(
      'MEDIA_REJECTED',
      `The upload is ${known.type} (${known.mimeType}), not ${file.type}.`,
      `${at}.type`,
    );
  return known;
}

function templateOf(asked: SendTemplate, around: Shelf): Said | Problem {
  const found = pickTemplate(around.templates, asked, 'content.template');
  if (isProblem(found)) return found;
  const { template } = found;
  const values = readValues(template, asked, 'content.template');
  if (isProblem(values)) return values;
  const file = asked.headerMedia && knownFile(asked.headerMedia, 'content.template.headerMedia', around);
  if (isProblem(file)) return file;
  const filename = asked.headerMedia?.filename ?? file?.filename ?? null;
  const order = asked.order && orderIn(template, asked.order);
  if (isProblem(order)) return order;
  return {
    content: {
      kind: 'template',
      templateId: template.id,
      name: template.name,
      language: template.language,
      params: values.params,
      text: textOf(template.body, values.params, asked),
      ...(asked.secret && { secret: true }),
      ...headerOf(values, asked.headerMedia && { ...asked.headerMedia, filename }),
      ...(values.buttons.length > 0 && { buttons: values.buttons }),
      ...(order && { order }),
    },
    need: {
      capability: 'TEMPLATE',
      template: { found, parts: templatePartsOf(template), ...(order && { order: true }) },
      file: null,
    },
    template: found,
  };
}

function orderIn(
  template: TemplateToSend['template'],
  details: NonNullable<SendTemplate['order']>,
): TemplateMessage['order'] | Problem {
  const index = orderButtonOf(template, 'content.template');
  return isProblem(index) ? index : { index, details };
}

function headerOf(values: TemplateValues, file: SendFile | null): Pick<TemplateMessage, 'header'> {
  if (values.header === null) return {};
  if (values.header !== 'media') return { header: values.header };
  return file ? { header: { file } } : {};
}
