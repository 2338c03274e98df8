import { describe, expect, it } from 'vitest';
import { isProblem } from '../common/problem.js';
import { type Channel } from './template.rules.js';
import { pickTemplate, type Template, type TemplateToSend } from './templates.service.js';

const known = (...languages: string[]): TemplateToSend[] =>
  languages.map((language) => ({
    template: { name: 'promo', language, channel: 'WHATSAPP' } as Template,
    registrations: [],
  }));

function picked(templates: readonly TemplateToSend[], language: string | null, channel: Channel = 'WHATSAPP'): string {
  const found = pickTemplate(templates, { name: 'promo', language, channel }, 'content.template');
  return isProblem(found) ? `${found.code} at ${found.field}` : found.template.language;
}

describe('the template that a name and a language mean', () => {
  const NOT_IN_IT = 'TEMPLATE_NOT_FOUND at content.template.language';
  const WHICH = 'INVALID_INPUT at content.template.language';

  it.each<[string[], string | null, string]>([
    [['id'], null, 'id'],
    [['id', 'en'], null, WHICH],
    [['id', 'en'], 'en', 'en'],
    [['en', 'en_US'], 'en_US', 'en_US'],
    [['en', 'en_US'], 'en', 'en'],
    [['en'], 'en_US', 'en'],
    [['en_US'], 'en', 'en_US'],
    [['en_US'], 'en-us', 'en_US'],
    [['id', 'en'], 'ID', 'id'],
    [['en', 'en_US'], 'en-US', 'en_US'],
    [['zh_Hans_CN', 'zh_CN'], 'zh-hans-cn', 'zh_Hans_CN'],
    [['en_GB', 'en_US'], 'en', WHICH],
    [['en_GB'], 'en_US', NOT_IN_IT],
    [['en'], 'id', 'en'],
    [['en_US'], 'id', 'en_US'],
    [['en'], 'hi', 'en'],
    [['en'], 'id_ID', 'en'],
    [['id', 'en'], 'id_ID', 'id'],
    [['id'], 'en', NOT_IN_IT],
    [['en'], 'ms', NOT_IN_IT],
    [['id'], 'hi', NOT_IN_IT],
  ])('in %j, asked for %s: %s', (languages, asked, expected) => {
    expect(picked(known(...languages), asked)).toBe(expected);
  });

  it('is none of another channel, and of another name', () => {
    expect(picked(known('id'), 'id', 'SMS')).toBe('TEMPLATE_NOT_FOUND at content.template.name');
    expect(picked([], 'id')).toBe('TEMPLATE_NOT_FOUND at content.template.name');
  });
});
