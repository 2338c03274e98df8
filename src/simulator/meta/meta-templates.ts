import { type SimulatedTemplate } from '../account-kind.js';
import { SlidingWindow } from '../sliding-window.js';
import { DEFAULT_META_TEMPLATES } from './meta-default-templates.js';
import { type MetaError, metaError, templateError } from './meta-errors.js';
import { type MetaButton, type MetaCategory, type MetaComponent, type MetaTemplate } from './meta-template.js';
import { type MetaDraft } from './meta-template-draft.js';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const CREATIONS_PER_HOUR = 100;
const EDITS = 10;
const EDITS_WITHIN_MS = 30 * DAY_MS;
const NAME_BLOCKED_MS = 30 * DAY_MS;
/** Template ids are numbers in a webhook, so they have to be exact there. */
const FIRST_ID = 1_594_425_377_718_000;

export interface TemplateFilter {
  readonly name?: string;
  readonly status?: string;
  readonly category?: string;
  readonly language?: string;
}

export interface TemplatePage {
  readonly templates: readonly MetaTemplate[];
  readonly more: boolean;
  readonly earlier: boolean;
}

/** The templates of every WhatsApp Business Account. */
export class MetaTemplates {
  private readonly owners = new Map<string, MetaTemplate[]>();
  private readonly creations = new Map<string, SlidingWindow>();
  /** When an approved template of the name was deleted. */
  private readonly deleted = new Map<string, number>();
  private nextId = FIRST_ID;

  /** `owner` begins with the templates that everybody can try. */
  constructor(owner: string) {
    for (const template of DEFAULT_META_TEMPLATES) this.put(owner, template, 'APPROVED');
  }

  /** Adds one as it is, or replaces that of the same name and language. */
  put(
    owner: string,
    whole: Pick<MetaTemplate, 'name' | 'language' | 'category' | 'parameterFormat' | 'components'>,
    status: MetaTemplate['status'],
  ): MetaTemplate {
    const { name, language, category, parameterFormat, components } = whole;
    const template: MetaTemplate = {
      id: String(this.nextId++),
      name,
      language,
      category,
      parameterFormat,
      components,
      status,
      rejectedReason: 'NONE',
      edits: [],
    };
    const others = this.of(owner).filter((one) => one.name !== name || one.language !== language);
    this.owners.set(owner, [...others, template]);
    return template;
  }

  create(owner: string, draft: MetaDraft, at: Date): MetaTemplate | MetaError {
    const creations = this.creations.get(owner) ?? new SlidingWindow(HOUR_MS);
    this.creations.set(owner, creations);
    if (creations.count(at.getTime()) >= CREATIONS_PER_HOUR) {
      return metaError(80007, `More than ${CREATIONS_PER_HOUR} templates were created within an hour.`);
    }
    if (this.find(owner, draft.name, draft.language) !== undefined) {
      const words = `There is already ${draft.language} content for this template.`;
      return templateError(2388024, 'Content in This Language Already Exists', words);
    }
    const blocked = this.deleted.get(`${owner}\n${draft.name}`);
    if (blocked !== undefined && at.getTime() - blocked < NAME_BLOCKED_MS) {
      return templateError(2388023, 'Message Template Is Being Deleted', 'The name is blocked for 30 days.');
    }
    creations.add(at.getTime());
    return this.put(owner, draft, 'PENDING');
  }

  /** What the edit may not do; undefined when it was made. */
  edit(
    template: MetaTemplate,
    change: { components?: readonly MetaComponent[]; category: MetaCategory },
    at: Date,
  ): MetaError | undefined {
    if (!['APPROVED', 'REJECTED', 'PAUSED'].includes(template.status)) {
      return templateError(
        2388025,
        'Template Can Not Be Edited',
        `A template that is ${template.status} can not be edited.`,
      );
    }
    if (change.category !== template.category && template.status === 'APPROVED') {
      return templateError(
        2388026,
        'Category Can Not Be Edited',
        'The category of an approved template can not be edited.',
      );
    }
    const recent = template.edits.filter((edit) => at.getTime() - edit.getTime() < EDITS_WITHIN_MS);
    if (template.status === 'APPROVED' && recent.length >= EDITS) {
      return templateError(
        2388027,
        'Template Edit Limit',
        `An approved template can be edited ${EDITS} times in 30 days.`,
      );
    }
    if (template.status === 'APPROVED') template.edits.push(at);
    template.components = change.components ?? template.components;
    template.category = change.category;
    template.status = 'PENDING';
    return undefined;
  }

  /** All languages of a name, or the one of this id; false when there is none. */
  remove(owner: string, name: string, id: string | null, at: Date): boolean {
    const gone = this.of(owner).filter((one) => one.name === name && (id === null || one.id === id));
    if (gone.some(({ status }) => status === 'APPROVED')) this.deleted.set(`${owner}\n${name}`, at.getTime());
    this.owners.set(
      owner,
      this.of(owner).filter((one) => !gone.includes(one)),
    );
    return gone.length > 0;
  }

  find(owner: string, name: string, language: string): MetaTemplate | undefined {
    return this.of(owner).find((one) => one.name === name && one.language === language);
  }

  /** By its own id, whoever's it is. */
  byId(id: string): { readonly owner: string; readonly template: MetaTemplate } | undefined {
    for (const [owner, templates] of this.owners) {
      const template = templates.find((one) => one.id === id);
      if (template !== undefined) return { owner, template };
    }
    return undefined;
  }

  /** At most `limit` after, or before, the template of that id; from the start where both are null. */
  page(
    owner: string,
    filter: TemplateFilter,
    limit: number,
    after: string | null,
    before: string | null,
  ): TemplatePage {
    const fitting = this.of(owner).filter(
      (one) =>
        (filter.name === undefined || one.name.includes(filter.name)) &&
        (filter.status === undefined || one.status === filter.status.toUpperCase()) &&
        (filter.category === undefined || one.category === filter.category.toUpperCase()) &&
        (filter.language === undefined || one.language === filter.language),
    );
    // Ids grow, so a cursor holds its place although its template is gone.
    const end = before === null ? fitting.length : fitting.filter(({ id }) => Number(id) < Number(before)).length;
    const start =
      before === null ? fitting.filter(({ id }) => Number(id) <= Number(after ?? 0)).length : Math.max(0, end - limit);
    const templates = fitting.slice(start, Math.min(end, start + limit));
    return { templates, more: start + templates.length < fitting.length, earlier: start > 0 };
  }

  private of(owner: string): readonly MetaTemplate[] {
    return this.owners.get(owner) ?? [];
  }
}

/** A template that was named with no more than how many values it takes. */
export function wholeTemplate(plain: SimulatedTemplate, language: string): MetaTemplate {
  const header = plain.header?.toUpperCase() as MetaComponent['format'] | undefined;
  const { buttons = [], orderButton = -1 } = plain;
  const places = Array.from({ length: Math.max(orderButton, ...buttons) + 1 }, (_, index): MetaButton => {
    if (index === orderButton) return { type: 'ORDER_DETAILS', text: 'Review and pay' };
    return buttons.includes(index)
      ? { type: 'URL', text: 'Open', url: 'https://example.com/{{1}}' }
      : { type: 'QUICK_REPLY', text: `Reply ${index + 1}` };
  });
  const values = Array.from({ length: plain.params }, (_, index) => `value {{${index + 1}}}`);
  return {
    id: '0',
    name: plain.name,
    language,
    parameterFormat: 'POSITIONAL',
    category: 'UTILITY',
    status: 'APPROVED',
    rejectedReason: 'NONE',
    edits: [],
    components: [
      ...(header ? [{ type: 'HEADER', format: header, ...(header === 'TEXT' && { text: 'For {{1}}' }) } as const] : []),
      { type: 'BODY', text: `${plain.name}: ${values.join(', ')}.` },
      ...(places.length > 0 ? [{ type: 'BUTTONS', buttons: places } as const] : []),
    ],
  };
}
