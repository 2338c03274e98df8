import { describe, expect, it } from 'vitest';
import { hubSignature, metaJson } from './meta-signature.js';

describe('the signature of a webhook', () => {
  it('is that of the reference', () => {
    expect(hubSignature('{"object":"whatsapp_business_account","entry":[]}', 'meta_app_secret_01')).toBe(
      'sha256=c7a578fff5f7b6c77110971399717698ee300e868dc95d9f288b7d56c627ee24',
    );
  });
});

describe('the JSON of a webhook', () => {
  it('has no character outside ASCII, and says the same', () => {
    const value = { name: 'Café Ümlaut 😀', url: 'https://example.com/a' };
    const written = metaJson(value);
    expect(written).toBe('{"name":"Caf\\u00e9 \\u00dcmlaut \\ud83d\\ude00","url":"https:\\/\\/example.com\\/a"}');
    expect(JSON.parse(written)).toEqual(value);
  });
});
