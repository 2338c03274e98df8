import { describe, expect, it } from 'vitest';
import { ACCEPTED, failure } from '../../test/support/messages.js';
import { uuid } from '../../test/support/surroundings.js';
import { type Exchange, type Outcome } from '../providers/ports/outcome.js';
import { toContentModel } from './content.model.js';
import { type TemplateMessage } from './message-content.js';
import { secretsOf, textOf, withoutSecrets } from './secret-values.js';

const CODE = '493817';
const OPEN: TemplateMessage = {
  ...{ kind: 'template', templateId: uuid(900), name: 'login_code', language: 'id', params: [CODE] },
  text: `Kode Anda ${CODE}.`,
  header: { text: CODE },
  buttons: [{ index: 0, type: 'URL', value: CODE }],
};
const SECRET: TemplateMessage = { ...OPEN, text: 'Kode Anda ***.', secret: true };
const SMS = { templateId: uuid(901), params: [CODE], text: 'Kode ***' };

const exchange = (said: string, answered: string): Exchange => ({
  request: {
    method: 'POST',
    url: `https://p.example/${said}`,
    headers: { 'X-Said': said },
    body: `{"code":"${said}"}`,
  },
  response: { status: 200, headers: { 'x-echo': answered }, body: `{"echo":"${answered}"}` },
});

describe('the text of a template', () => {
  it('holds its values, and where they are secret a mask for each', () => {
    expect(textOf('Kode {{1}}, lagi {{1}}, {{2}}.', ['a', 'b'], {})).toBe('Kode a, lagi a, b.');
    expect(textOf('Kode {{1}}, lagi {{1}}, {{2}}.', ['a', 'b'], { secret: true })).toBe('Kode ***, lagi ***, ***.');
  });
});

describe('what the API shows of a template message', () => {
  it('has no value of a secret one, and keeps their number', () => {
    expect(toContentModel(SECRET)).toMatchObject({ kind: 'template', params: ['***'], text: 'Kode Anda ***.' });
    expect(JSON.stringify(toContentModel(SECRET))).not.toContain(CODE);
  });

  it('has no value of an SMS that is secret and rides beside another', () => {
    const shown = toContentModel({ ...OPEN, sms: { ...SMS, secret: true } });
    expect(shown).toMatchObject({ params: [CODE], sms: { params: ['***'], text: 'Kode ***' } });
  });

  it('is the message itself where it is not secret', () => {
    expect(toContentModel(OPEN)).toBe(OPEN);
  });
});

describe('the secret values of a message', () => {
  it('are those of its body, its header, its buttons and its SMS, where they are marked', () => {
    expect(secretsOf(SECRET)).toEqual([CODE, CODE, CODE]);
    expect(
      secretsOf({ ...SECRET, header: { file: { type: 'IMAGE', url: null, mediaId: null, filename: null } } }),
    ).toEqual([CODE, CODE]);
    expect(secretsOf({ ...OPEN, sms: { ...SMS, params: ['77'], secret: true } })).toEqual(['77']);
    expect(secretsOf(OPEN)).toEqual([]);
    expect(secretsOf({ kind: 'text', text: CODE })).toEqual([]);
  });
});

describe('what came of a call with a secret', () => {
  it('is kept without it: addresses, headers and bodies of both sides', () => {
    const kept = withoutSecrets({ ...ACCEPTED, exchange: exchange(CODE, CODE) }, [CODE]);
    expect(kept).toEqual({ ...ACCEPTED, exchange: exchange('***', '***') });
  });

  it('is kept without it in the reasons of a refusal, of which events tell', () => {
    const why = { ...failure(), message: `Wappin: ${CODE} is too short`, providerMessage: `param ${CODE}` };
    expect(withoutSecrets({ outcome: 'refused', failure: why }, [CODE])).toEqual({
      outcome: 'refused',
      failure: { ...why, message: 'Wappin: *** is too short', providerMessage: 'param ***' },
    });
  });

  it('stays what it was otherwise, also where nobody answered', () => {
    const uncertain: Outcome = { outcome: 'uncertain', failure: { ...failure(), providerMessage: null } };
    const asked = { ...exchange('A-1', ''), response: null };
    expect(withoutSecrets({ ...uncertain, exchange: asked }, [CODE])).toEqual({ ...uncertain, exchange: asked });
  });

  it.each([
    ['JSON', 'Budi "Budi"', 'Budi \\"Budi\\"'],
    ['an address', 'a b&c', 'a%20b%26c'],
    ['a form', 'a b&c', 'a+b%26c'],
  ])('hides how it is written in %s', (_where, secret, written) => {
    const kept = withoutSecrets({ ...ACCEPTED, exchange: exchange(written, written) }, [secret]);
    expect(kept.exchange).toEqual(exchange('***', '***'));
  });

  it('leaves nothing of a value in which a shorter one lies', () => {
    const kept = withoutSecrets({ ...ACCEPTED, exchange: exchange('12345', '12345') }, ['234', '12345']);
    expect(kept.exchange).toEqual(exchange('***', '***'));
  });

  it('leaves no half of it where the answer was cut', () => {
    const cut = `${CODE}${'x'.repeat(4_090)}${CODE.slice(0, 4)}`;
    const kept = withoutSecrets({ ...ACCEPTED, exchange: withAnswer(cut) }, [CODE]);
    expect(kept.exchange?.response?.body).toBe(`***${'x'.repeat(4_090)}***`);
  });

  it('is the outcome itself where nothing is secret', () => {
    const outcome: Outcome = { ...ACCEPTED, exchange: exchange(CODE, CODE) };
    expect(withoutSecrets(outcome, [])).toBe(outcome);
  });
});

function withAnswer(body: string): Exchange {
  return { ...exchange('', ''), response: { status: 200, headers: {}, body } };
}
