/** A message template as Meta keeps it. */
export interface MetaTemplate {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED';
  category: MetaCategory;
  status: MetaTemplateStatus;
  components: readonly MetaComponent[];
  rejectedReason: string;
  /** When it was edited while it was approved. */
  readonly edits: Date[];
}

export type MetaCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
export type MetaTemplateStatus =
  'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED' | 'IN_APPEAL' | 'PENDING_DELETION' | 'DELETED';

export const META_CATEGORIES: readonly MetaCategory[] = ['MARKETING', 'UTILITY', 'AUTHENTICATION'];
export const META_TEMPLATE_STATUSES: readonly MetaTemplateStatus[] = [
  'PENDING',
  'APPROVED',
  'REJECTED',
  'PAUSED',
  'DISABLED',
  'IN_APPEAL',
  'PENDING_DELETION',
  'DELETED',
];

export interface MetaComponent {
  readonly type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS';
  readonly format?: 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION';
  readonly text?: string;
  readonly buttons?: readonly MetaButton[];
  readonly example?: Readonly<Record<string, unknown>>;
  readonly add_security_recommendation?: boolean;
  readonly code_expiration_minutes?: number;
}

export interface MetaButton {
  readonly type: string;
  readonly text?: string;
  readonly url?: string;
  readonly phone_number?: string;
  readonly otp_type?: string;
  readonly example?: unknown;
}

/** What stands between the braces, each once, in order of appearance. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1] ?? ''))];
}

export function componentOf(
  template: Pick<MetaTemplate, 'components'>,
  type: MetaComponent['type'],
): MetaComponent | undefined {
  return template.components.find((component) => component.type === type);
}

/** How the list answers it; `fields` picks, and the id is always there. */
export function templateFields(template: MetaTemplate, fields: readonly string[] | null): Record<string, unknown> {
  const whole: Record<string, unknown> = {
    name: template.name,
    parameter_format: template.parameterFormat,
    components: template.components,
    language: template.language,
    status: template.status,
    category: template.category,
    id: template.id,
  };
  const more: Record<string, unknown> = {
    rejected_reason: template.rejectedReason,
    quality_score: { score: 'UNKNOWN' },
  };
  if (fields === null) return whole;
  const known = { ...whole, ...more };
  return Object.fromEntries(
    [...new Set([...fields, 'id'])].flatMap((name) => (name in known ? [[name, known[name]]] : [])),
  );
}
