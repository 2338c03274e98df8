import { describe, expect, it } from 'vitest';
import { isProblem, type Problem } from '../common/problem.js';
import { readOrderUpdate, type UpdateInput } from './order-update-input.js';

const TEMPLATE = { name: 'order_shipped', channel: 'WHATSAPP', params: [] } as const;
const PAYMENT = 'pay_0190a0a0000070008000000000000003';
type Over = Partial<UpdateInput>;
const read = (via: 'WHATSAPP' | 'CHECKOUT', over: Over): ReturnType<typeof readOrderUpdate> =>
  readOrderUpdate({ paymentId: PAYMENT, status: 'SHIPPED', ...over }, via);
const refusedAt = (via: 'WHATSAPP' | 'CHECKOUT', over: Over): string | null | undefined => {
  const found = read(via, over);
  if (!isProblem(found)) throw new Error('It was read.');
  expect(found.code).toBe('INVALID_INPUT');
  expect(found.message).toMatch(/^[A-Z].*\.$/);
  return (found satisfies Problem).field;
};

describe('a step of an order in the chat', () => {
  it('is told of by a text', () => {
    expect(read('WHATSAPP', { body: 'Dikirim', description: 'Kurir' })).toEqual({
      ...{ status: 'SHIPPED', body: 'Dikirim', description: 'Kurir', template: null },
    });
    expect(read('WHATSAPP', { body: 'x'.repeat(1024), description: 'x'.repeat(120) })).toMatchObject({
      status: 'SHIPPED',
    });
  });

  it.each<[string, Over]>([
    ['body', {}],
    ['body', { body: '' }],
    ['body', { body: 'x'.repeat(1025) }],
    ['body', { body: 'a\0' }],
    ['description', { body: 'Dikirim', description: 'x'.repeat(121) }],
    ['template', { body: 'Dikirim', template: TEMPLATE }],
  ])('is refused at its %s with %o', (field, over) => {
    expect(refusedAt('WHATSAPP', over)).toBe(field);
  });
});

describe('a step of an order by checkout', () => {
  it('is told of by a template, or by nothing', () => {
    expect(read('CHECKOUT', {})).toEqual({ status: 'SHIPPED', body: null, description: null, template: null });
    expect(read('CHECKOUT', { template: TEMPLATE, description: ' ' })).toMatchObject({
      template: { kind: 'template', name: 'order_shipped' },
    });
  });

  it.each<[string, Over]>([
    ['body', { body: 'Dikirim' }],
    ['description', { description: 'Kurir' }],
    ['template.headerMedia', { template: { ...TEMPLATE, headerMedia: { type: 'IMAGE' } } }],
  ])('is refused at its %s with %o', (field, over) => {
    expect(refusedAt('CHECKOUT', over)).toBe(field);
  });
});
