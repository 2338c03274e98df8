import { type Answer } from './outcome.js';

export type TemplateCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';

export type TemplateStatus =
  'DRAFT' | 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED' | 'IN_APPEAL' | 'DELETED';

export type TemplateHeaderFormat = 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION';

export type TemplateButtonType = 'QUICK_REPLY' | 'URL' | 'PHONE_NUMBER' | 'COPY_CODE' | 'OTP' | 'OTHER';

export interface TemplateHeader {
  readonly format: TemplateHeaderFormat;
  readonly text: string | null;
  /** Of the text's placeholder, or of the media. */
  readonly sample: string | null;
  /** What the text's placeholder is called, where the provider has names and not numbers. */
  readonly paramName?: string;
}

export interface TemplateButton {
  readonly type: TemplateButtonType;
  readonly text: string;
  readonly url: string | null;
  readonly phone: string | null;
}

/** A template as it is sent for approval: placeholders are {{1}} to {{n}}. */
export interface TemplateDraft {
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly body: string;
  /** Names of the body's placeholders, in order; empty where they are numbers at the provider too. */
  readonly paramNames: readonly string[];
  readonly header: TemplateHeader | null;
  readonly footer: string | null;
  readonly buttons: readonly TemplateButton[];
  readonly samples: readonly string[];
}

/** Where a template stands at the provider. */
export interface TemplateStanding {
  /** What a send names it by. */
  readonly externalId: string;
  /** What an edit or a deletion names it by, where that is another id. */
  readonly providerId: string | null;
  readonly status: TemplateStatus;
  readonly category: TemplateCategory;
  readonly rejectionReason: string | null;
}

export interface ListedTemplate extends TemplateDraft, TemplateStanding {
  /** The provider's own form, where that says more than a draft can. */
  readonly raw: Record<string, unknown> | null;
}

/** Templates whose approval goes through the provider's API. */
export interface TemplateRegistry {
  /** Whose they are at the provider: accounts of one owner share them. */
  readonly owner: string;
  submit(draft: TemplateDraft, signal: AbortSignal): Promise<Answer<TemplateStanding>>;
  edit(providerId: string, draft: TemplateDraft, signal: AbortSignal): Promise<Answer<TemplateStanding>>;
  /** Deletes one language of it. Answered also when it is gone already. */
  remove(template: Pick<TemplateStanding, 'externalId' | 'providerId'>, signal: AbortSignal): Promise<Answer>;
  /** One page, from the start with null. */
  page(
    after: string | null,
    signal: AbortSignal,
  ): Promise<Answer<{ readonly templates: readonly ListedTemplate[]; readonly next: string | null }>>;
}
