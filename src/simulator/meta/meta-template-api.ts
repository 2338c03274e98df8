import { jsonObject, type ProviderCall } from '../behaviour.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type MetaError, metaError, templateError } from './meta-errors.js';
import { type MetaUploads } from './meta-media-api.js';
import { unfold } from './meta-message.js';
import { type MetaReview } from './meta-review.js';
import { type Fields, isError, isFields } from './meta-rules.js';
import { META_CATEGORIES, type MetaCategory, type MetaTemplate, templateFields } from './meta-template.js';
import { checkComponents, readComponents, readDraft, withMetasText } from './meta-template-draft.js';
import { type MetaTemplates } from './meta-templates.js';

const USUAL_LIMIT = 25;
const MOST_AT_ONCE = 1_000;

type Said = Record<string, unknown>;

/** `/{waba-id}/message_templates` and `/{template-id}`. */
export class MetaTemplateApi {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly templates: MetaTemplates,
    private readonly uploads: MetaUploads,
    private readonly review: MetaReview,
  ) {}

  create(owner: string, call: ProviderCall): Said | MetaError {
    const body = bodyOf(call);
    if (body === undefined) return metaError(100, 'The body must be a JSON object.');
    const draft = readDraft(body, (handle) => this.uploads.knows(handle));
    if (isError(draft)) return draft;
    const template = this.templates.create(owner, draft, this.world.now());
    if (isError(template)) return template;
    if (draft.allowCategoryChange && draft.name.includes('recategorized')) template.category = 'MARKETING';
    this.review.begin(owner, template);
    return { id: template.id, status: template.status, category: template.category };
  }

  /** One page. `address`: of this call, without the query. */
  list(owner: string, call: ProviderCall, address: string): Said | MetaError {
    const { query } = call;
    const limit = Number(query.get('limit') ?? USUAL_LIMIT);
    if (!Number.isInteger(limit) || limit < 1) return metaError(100, 'Param limit must be a positive integer.');
    const after = cursorIn(query.get('after'));
    const before = cursorIn(query.get('before'));
    if (after === undefined || before === undefined) return metaError(100, 'Invalid cursors values.');
    const filter = Object.fromEntries(
      ['name', 'status', 'category', 'language'].flatMap((name) => {
        const value = query.get(name);
        return value ? [[name, value]] : [];
      }),
    );
    const page = this.templates.page(owner, filter, Math.min(limit, MOST_AT_ONCE), after, before);
    const fields =
      query
        .get('fields')
        ?.split(',')
        .map((name) => name.trim()) ?? null;
    const data = page.templates.map((template) => templateFields(template, fields));
    const [first] = page.templates;
    const last = page.templates.at(-1);
    if (first === undefined || last === undefined) return { data };
    const cursors = { before: cursorOf(first), after: cursorOf(last) };
    const link = (name: 'after' | 'before', cursor: string): string => {
      const more = new URLSearchParams(query);
      more.delete('after');
      more.delete('before');
      more.set('limit', String(limit));
      more.set(name, cursor);
      return `${address}?${more.toString()}`;
    };
    return {
      data,
      paging: {
        cursors,
        ...(page.more && { next: link('after', cursors.after) }),
        ...(page.earlier && { previous: link('before', cursors.before) }),
      },
    };
  }

  edit(owner: string, template: MetaTemplate, call: ProviderCall): Said | MetaError {
    const body = bodyOf(call);
    if (body === undefined) return metaError(100, 'The body must be a JSON object.');
    const { category } = body;
    if (category !== undefined && !META_CATEGORIES.includes(category as MetaCategory)) {
      return metaError(100, `Param category must be one of {${META_CATEGORIES.join(', ')}}.`);
    }
    const components = body['components'] === undefined ? undefined : readComponents(body['components']);
    if (components !== undefined && !Array.isArray(components)) return components;
    if (components === undefined && category === undefined) return metaError(100, 'Give components or category.');
    const kind = (category as MetaCategory | undefined) ?? template.category;
    const { parameterFormat, language } = template;
    const wrong =
      components && checkComponents(components, kind, parameterFormat, (handle) => this.uploads.knows(handle));
    if (wrong !== undefined) return wrong;
    const change = { components: components && withMetasText(components, kind, language), category: kind };
    const refused = this.templates.edit(template, change, this.world.now());
    if (refused !== undefined) return refused;
    this.review.begin(owner, template);
    return { success: true, id: template.id, name: template.name, category: template.category };
  }

  /** By name all languages, with `hsm_id` the one. */
  remove(owner: string, call: ProviderCall): Said | MetaError {
    const name = call.query.get('name');
    if (!name) return metaError(100, 'The parameter name is required.');
    const gone = this.templates.remove(owner, name, call.query.get('hsm_id'), this.world.now());
    return gone
      ? { success: true }
      : templateError(2593002, 'Message Template Not Found', `There is no message template "${name}".`);
  }
}

/** JSON, or a form whose nested objects are strings of JSON. */
export function bodyOf(call: ProviderCall): Fields | undefined {
  const json = jsonObject(call.body);
  if (json !== undefined) return unfold(json) as Fields;
  const form = /x-www-form-urlencoded/i.test(String(call.headers['content-type']))
    ? unfold(Object.fromEntries(new URLSearchParams(call.body.toString('utf8'))))
    : undefined;
  return isFields(form) ? form : undefined;
}

const cursorOf = ({ id }: MetaTemplate): string => Buffer.from(`at:${id}`).toString('base64url');

/** The id in a cursor; null for none, undefined for one that is not ours. */
function cursorIn(cursor: string | null): string | null | undefined {
  if (cursor === null || cursor === '') return null;
  return /^at:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1];
}
