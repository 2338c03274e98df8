import { type MetaError } from './meta-errors.js';
import { orderDetails, orderStatus } from './meta-order.js';
import {
  all,
  anything,
  fieldOf,
  firstOf,
  invalid,
  isFields,
  link,
  list,
  missing,
  object,
  oneOf,
  optional,
  type Rule,
  text,
} from './meta-rules.js';

const LIST_ROWS = 10;
const LIST_PRODUCTS = 30;

/** A file by exactly one of its id and its address. */
export function file(more: Readonly<Record<string, Rule>> = {}): Rule {
  return all(
    object({ id: optional(text(128)), link: optional(link), provider: optional(anything), ...more }),
    (value, path) => {
      const named = ['id', 'link'].filter((name) => fieldOf(value, name) !== undefined);
      if (named.length === 0) return missing(`${path}.id or ${path}.link`);
      return named.length === 2 ? invalid(`Only one of ${path}.id and ${path}.link can be given`) : undefined;
    },
  );
}

const textHeader: Rule = object({ type: oneOf('text'), text: text(60), sub_text: optional(text(60)) });
const mediaHeader: Rule = (value, path) => {
  const type = fieldOf(value, 'type');
  if (type === 'text') return textHeader(value, path);
  if (type === 'image' || type === 'video') return object({ type: anything, [type]: file() })(value, path);
  if (type === 'document')
    return object({ type: anything, document: file({ filename: optional(text(240)) }) })(value, path);
  return oneOf('text', 'image', 'video', 'document')(type, `${path}.type`);
};
const body = (max: number): Rule => object({ text: text(max) });
const footer = optional(object({ text: text(60) }));

/** `interactive` with this action; a body of 1024 characters, a footer of 60. */
function interactive(action: Rule, header: Rule | null = null, bodyRule: Rule = body(1024)): Rule {
  return object({ type: anything, body: bodyRule, footer, action, ...(header && { header: optional(header) }) });
}

const replyButton: Rule = object({
  type: oneOf('reply'),
  reply: object({ id: text(256), title: text(20) }),
});

const row: Rule = object({ id: text(200), title: text(24), description: optional(text(72, 0)) });

/** Sections of rows: a title is a must as soon as there are two, and the rows are counted over all of them. */
const sections: Rule = all(
  list(object({ title: optional(text(24, 0)), rows: list(row, 1, LIST_ROWS) }), 1, 10),
  (value, path) => {
    const given = Array.isArray(value) ? (value as unknown[]) : [];
    const rows = given.flatMap((section) => rowsOf(section));
    const ids = rows.map((one) => fieldOf(one, 'id'));
    if (rows.length > LIST_ROWS) return invalid(`${path}: total row count exceeds the max allowed count: ${LIST_ROWS}`);
    if (new Set(ids).size < ids.length) return invalid(`${path}: duplicated row id`);
    const untitled = given.findIndex((section) => !fieldOf(section, 'title'));
    return given.length > 1 && untitled >= 0 ? missing(`${path}[${untitled}].title`) : undefined;
  },
);

const replyButtons: Rule = all(list(replyButton, 1, 3), (value, path) => {
  const replies = (value as unknown[]).map((button) => fieldOf(button, 'reply'));
  for (const name of ['id', 'title']) {
    const words = replies.map((reply) => fieldOf(reply, name));
    if (new Set(words).size < words.length) return invalid(`${path}: duplicated button ${name}`);
  }
  return undefined;
});

const productSections: Rule = all(
  list(
    object({ title: optional(text(24)), product_items: list(object({ product_retailer_id: text(100) }), 1, 30) }),
    1,
    10,
  ),
  (value, path) => {
    const items = (value as unknown[]).flatMap((section) => fieldOf(section, 'product_items') as unknown[]);
    return items.length > LIST_PRODUCTS ? invalid(`${path}: more than ${LIST_PRODUCTS} products`) : undefined;
  },
);

const named = (name: string, parameters: Rule): Rule => object({ name: oneOf(name), parameters });

const KINDS: Readonly<Record<string, Rule>> = {
  button: interactive(object({ buttons: replyButtons }), mediaHeader),
  list: interactive(object({ button: text(20), sections }), textHeader, body(4096)),
  cta_url: interactive(named('cta_url', object({ display_text: text(20), url: link })), mediaHeader),
  product: interactive(object({ catalog_id: text(128), product_retailer_id: text(100) }), null, optional(body(1024))),
  product_list: interactive(object({ catalog_id: text(128), sections: productSections }), textHeader),
  catalog_message: interactive(object({ name: oneOf('catalog_message'), parameters: optional(anything) })),
  flow: interactive(named('flow', anything), mediaHeader),
  location_request_message: interactive(object({ name: oneOf('send_location') })),
  address_message: interactive(named('address_message', anything)),
  order_details: interactive(named('review_and_pay', orderDetails), object({ type: oneOf('image'), image: file() })),
  order_status: interactive(named('review_order', orderStatus)),
};

/** The `interactive` object of a message. */
export const interactiveRule: Rule = (value, path): MetaError | undefined => {
  if (!isFields(value)) return missing(path);
  const rule = KINDS[String(value['type'])];
  return firstOf([() => oneOf(...Object.keys(KINDS))(value['type'], `${path}.type`), () => rule?.(value, path)]);
};

function rowsOf(section: unknown): unknown[] {
  const rows = fieldOf(section, 'rows');
  return Array.isArray(rows) ? rows : [];
}
