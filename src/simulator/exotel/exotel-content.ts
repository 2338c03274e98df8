/** What Exotel takes as the content of a message: its older pages' types, Meta's limits. */
import {
  faultOf,
  flag,
  httpUrl,
  listOf,
  number,
  object,
  oneOf,
  optional,
  record,
  type Rule,
  type Shape,
  text,
  textUpTo,
} from '../control-input.js';
import { orderDetails, orderStatus } from './exotel-order.js';

const caption = optional(textUpTo(1024));
const body = object({ text: textUpTo(1024) });
const footer = optional(object({ text: textUpTo(60) }));

const MEDIA: Readonly<Record<string, Shape>> = {
  image: { link: httpUrl, caption },
  video: { link: httpUrl, caption },
  audio: { link: httpUrl },
  sticker: { link: httpUrl },
  document: { link: httpUrl, caption, filename: optional(textUpTo(240)) },
};

/** Meta takes neither a line break nor a tab in a value, nor more than four spaces in a row. */
const value: Rule = (given) =>
  textUpTo(1024)(given) ??
  (/[\n\r\t]| {5}/.test(given as string) ? 'has a line break, a tab or five spaces' : undefined);

/** A parameter has the type's name once more as the key of its value. */
const PARAMETERS: Readonly<Record<string, Rule>> = {
  text: value,
  payload: textUpTo(128),
  coupon_code: textUpTo(15),
  currency: record,
  date_time: record,
  action: record,
  ...Object.fromEntries(Object.entries(MEDIA).map(([type, shape]) => [type, object(shape)])),
};

const parameter: Rule = (given) => {
  const type = fieldOf(given, 'type');
  const rule = typeof type === 'string' ? PARAMETERS[type] : undefined;
  if (typeof type !== 'string' || rule === undefined) return `has no type of ${Object.keys(PARAMETERS).join(', ')}`;
  return faultOf(given, { type: text, parameter_name: optional(text), [type]: rule });
};

const component: Rule = (value) => {
  const parameters = listOf(parameter, 0, 100);
  if (fieldOf(value, 'type') !== 'button') return faultOf(value, { type: oneOf('header', 'body'), parameters });
  return faultOf(value, {
    type: oneOf('button'),
    sub_type: oneOf('quick_reply', 'url', 'copy_code', 'flow', 'catalog', 'order_details'),
    index: (index) => (/^\d$/.test(String(index)) ? undefined : 'must be a place from 0 to 9'),
    parameters: fieldOf(value, 'sub_type') === 'order_details' ? orderParameters : parameters,
  });
};

/** An order in place of a value. */
const orderParameters = listOf(
  object({ type: oneOf('action'), action: object({ order_details: orderDetails }) }),
  1,
  1,
);

const header: Rule = (value) => {
  const type = fieldOf(value, 'type');
  const rule = type === 'text' ? textUpTo(60) : typeof type === 'string' ? PARAMETERS[type] : undefined;
  if (typeof type !== 'string' || rule === undefined || !['text', 'image', 'video', 'document'].includes(type))
    return 'must have the type text, image, video or document';
  return faultOf(value, { type: text, [type]: rule });
};

const BUTTONS: Shape = {
  buttons: unique(
    'reply.id',
    listOf(object({ type: oneOf('reply'), reply: object({ id: textUpTo(256), title: textUpTo(20) }) }), 1, 3),
  ),
};
const row = object({ id: textUpTo(200), title: textUpTo(24), description: optional(textUpTo(72)) });
const section = object({ title: optional(textUpTo(24)), rows: listOf(row, 1, 10) });

const action: Rule = (value) => {
  const fault = faultOf(value, { button: textUpTo(20), sections: listOf(section, 1, 10) });
  if (fault !== undefined) return fault;
  const { sections } = value as { readonly sections: readonly { title?: string; rows: readonly { id: string }[] }[] };
  const rows = sections.flatMap((one) => one.rows);
  if (rows.length > 10) return `has ${rows.length} rows; there may be 10 in all`;
  if (new Set(rows.map(({ id }) => id)).size < rows.length) return 'has the same row id twice';
  if (sections.length > 1 && sections.some(({ title }) => title === undefined))
    return 'has several sections, so each needs a title';
  return undefined;
};

const interactive: Rule = (value) => {
  switch (fieldOf(value, 'type')) {
    case 'button':
      return faultOf(value, { type: text, header: optional(header), body, footer, action: object(BUTTONS) });
    case 'list':
      return faultOf(value, {
        type: text,
        header: optional(object({ type: oneOf('text'), text: textUpTo(60) })),
        body: object({ text: textUpTo(4096) }),
        footer,
        action,
      });
    case 'product':
    case 'product_list':
    case 'flow':
      return faultOf(value, { type: text, header: optional(header), body: optional(body), footer, action: record });
    case 'order_details':
      return faultOf(value, {
        type: text,
        header: optional(object({ type: oneOf('image'), image: object({ link: httpUrl }) })),
        body,
        footer,
        action: object({ name: oneOf('review_and_pay'), parameters: orderDetails }),
      });
    case 'order_status':
      return faultOf(value, {
        type: text,
        body,
        footer,
        action: object({ name: oneOf('review_order'), parameters: orderStatus }),
      });
    default:
      return 'must have the type button, list, product, product_list, flow, order_details or order_status';
  }
};

const contact: Rule = (value) =>
  typeof fieldOf(fieldOf(value, 'name'), 'formatted_name') === 'string' ? undefined : 'needs name.formatted_name';

const TYPES: Readonly<Record<string, Rule>> = {
  text: object({ body: textUpTo(4096), preview_url: optional(flag) }),
  ...Object.fromEntries(Object.entries(MEDIA).map(([type, shape]) => [type, object(shape)])),
  location: object({
    latitude: number(-90, 90),
    longitude: number(-180, 180),
    name: optional(text),
    address: optional(text),
  }),
  contacts: listOf(contact, 1, 257),
  template: object({
    name: text,
    namespace: optional(text),
    language: object({ policy: oneOf('deterministic'), code: text }),
    components: optional(listOf(component, 0, 12)),
  }),
  interactive,
};

/** What is wrong with a message's content, as the end of a sentence; undefined when nothing is. */
export const contentFault: Rule = (value) => {
  const type = fieldOf(value, 'type');
  const rule = typeof type === 'string' ? TYPES[type] : undefined;
  if (typeof type !== 'string' || rule === undefined) return `must have a type of ${Object.keys(TYPES).join(', ')}`;
  return faultOf(value, { recipient_type: optional(oneOf('individual')), type: text, [type]: rule });
};

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** No two of a list have the same value at `path`. */
function unique(path: string, list: Rule): Rule {
  return (value) => {
    const fault = list(value);
    if (fault !== undefined) return fault;
    const values = (value as unknown[]).map((one) => path.split('.').reduce(fieldOf, one));
    return new Set(values).size < values.length ? `has the same ${path} twice` : undefined;
  };
}
