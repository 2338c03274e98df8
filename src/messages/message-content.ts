/** What a message says, as it was accepted: kept whole, so that a later change of its template changes no sent message. */
export interface TemplateMessage {
  readonly kind: 'template';
  readonly templateId: string;
  readonly name: string;
  readonly language: string;
  readonly params: readonly string[];
  /** The text as the recipient reads it. */
  readonly text: string;
}

export type MessageContent = TemplateMessage;
