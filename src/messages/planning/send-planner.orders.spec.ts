import { describe, expect, it } from 'vitest';
import { NOON } from '../../../test/support/messages.js';
import { DETAILS, orderMessage, orderState, picture } from '../../../test/support/orders.js';
import {
  account,
  around,
  carrying,
  heard,
  type Kinds,
  orderPaid,
  type Place,
  plan,
  problemOf,
  refused,
  registration,
  send,
  template,
  uuid,
} from '../../../test/support/surroundings.js';
import { HOUR, later } from '../../common/clock.js';
import { type KnownFile } from './planned-content.js';
import { type Surroundings } from './send-planner.js';

/** WAPPIN carries templates and texts, EXOTEL orders without their states, META both. */
const KINDS: Kinds = ({ kind }) => {
  const media = { IMAGE: { mimeTypes: ['image/jpeg'], maxBytes: 5_000, caption: true } };
  if (kind === 'WAPPIN') return { messaging: carrying({ carries: new Set(['template', 'text']) }) };
  if (kind === 'EXOTEL')
    return { messaging: carrying({ carries: new Set(['template', 'order']), media }), hears: true };
  const carries = new Set(['template', 'text', 'order', 'orderStatus'] as const);
  return { messaging: carrying({ carries, media }), hears: true };
};
const wappin = account(11, { kind: 'WAPPIN', name: 'Wappin' });
const exotel = account(12, { kind: 'EXOTEL', name: 'Exotel' });
const meta = account(13, { kind: 'META', name: 'Meta' });

const where = (place: Place = {}): Surroundings => around({ accounts: [wappin, exotel, meta], kinds: KINDS, ...place });
const order = send({ content: orderMessage() });
const state = send({ content: orderState() });

describe('an order', () => {
  it('goes through the first account that carries orders, and is kept whole', () => {
    expect(plan(order, where())).toMatchObject({ account: { name: 'Exotel' }, priority: 1 });
    expect(plan(order, where()).content).toEqual(orderMessage());
    expect(plan(state, where())).toMatchObject({ account: { name: 'Meta' }, content: orderState() });
  });

  it('through an account that cannot is UNSUPPORTED_BY_PROVIDER, and the problem names those that can', () => {
    expect(problemOf({ ...order, accountId: wappin.id }, where())).toMatchObject({
      ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' },
      message: 'The account Wappin cannot send orders; Exotel, Meta can.',
    });
    expect(problemOf({ ...state, accountId: exotel.id }, where())).toMatchObject({
      ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' },
      message: 'The account Exotel cannot send the state of an order; Meta can.',
    });
    const alone = where({ accounts: [wappin] });
    expect(refused(order, alone)).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.order' });
    expect(refused(state, alone)).toEqual({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.orderStatus' });
  });

  it('is not sent, and neither is its state, when the person wrote more than 24 hours ago', () => {
    const place = (hours: number): Surroundings => where({ accounts: [meta], conversations: [heard(meta, hours)] });
    const closed = { code: 'SESSION_WINDOW_CLOSED', retryAt: later(NOON, -HOUR) };
    expect(problemOf(order, place(25))).toMatchObject({ ...closed, field: 'content.order' });
    expect(problemOf(state, place(25))).toMatchObject({ ...closed, field: 'content.orderStatus' });
    expect(plan(order, place(23)).account).toBe(meta);
  });
});

describe('the picture above an order', () => {
  const JPEG: KnownFile = { type: 'IMAGE', mimeType: 'image/jpeg', size: 400, filename: 'kopi.jpg', ready: true };
  const under = (over: Parameters<typeof picture>[0]): typeof order =>
    send({ content: orderMessage({ headerImage: picture(over) }) });
  const files = (file: Partial<KnownFile> = {}): Surroundings =>
    where({ files: new Map([[uuid(7), { ...JPEG, ...file }]]) });
  const at = 'content.order.headerImage';

  it('is an upload that is there, or a link at which nobody has looked', () => {
    const upload = under({ mediaId: uuid(7) });
    expect(plan(upload, files()).content).toEqual(upload.content);
    const link = under({ url: 'https://shop.example/a.jpg' });
    expect(plan(link, where()).content).toEqual(link.content);
  });

  it.each([
    ['is missing', 'NOT_FOUND', 'mediaId', uuid(8), {}],
    ['has no bytes yet', 'MEDIA_REJECTED', 'mediaId', uuid(7), { ready: false }],
    ['is no picture', 'MEDIA_REJECTED', 'type', uuid(7), { type: 'VIDEO' }],
    ['is too large', 'MEDIA_REJECTED', 'mediaId', uuid(7), { size: 5_001 }],
    ['is of a format that is not taken', 'MEDIA_REJECTED', 'mediaId', uuid(7), { mimeType: 'image/png' }],
  ])('that %s is refused where it stands', (_what, code, field, mediaId, file) => {
    expect(refused(under({ mediaId }), files(file))).toEqual({ code, field: `${at}.${field}` });
  });
});

describe('a template that opens an order', () => {
  const buttons = [
    { type: 'QUICK_REPLY', text: 'Bantuan', url: null, phone: null },
    { type: 'OTHER', text: 'Review and Pay', url: null, phone: null },
  ] as const;
  const everywhere = [registration(11), registration(12), registration(13)];
  const ordered = send({ content: orderPaid({ order: DETAILS }) });
  const opening = (place: Place = {}): Surroundings =>
    where({ templates: [template({ buttons: [...buttons] }, everywhere)], ...place });

  it('is kept with it and with the place of its button, and goes where orders are carried', () => {
    expect(plan(ordered, opening())).toMatchObject({
      ...{ account: { name: 'Exotel' }, route: [exotel.id, meta.id] },
      content: { kind: 'template', order: { index: 1, details: DETAILS } },
    });
  });

  it('may be sent to a person who has not written for long', () => {
    const silent = opening({ accounts: [meta], conversations: [heard(meta, 100)] });
    expect(plan(ordered, silent).account).toBe(meta);
  });

  it('must have a button for it', () => {
    const without = where({ templates: [template({ buttons: [buttons[0]] }, everywhere)] });
    expect(refused(ordered, without)).toEqual({ code: 'TEMPLATE_PARAMS_MISMATCH', field: 'content.template.name' });
  });

  it('is UNSUPPORTED_BY_PROVIDER at an account that carries no orders, and the problem names those that do', () => {
    const problem = problemOf({ ...ordered, accountId: wappin.id }, opening());
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.template.name' });
    expect(problem.message).toBe(
      'None of the accounts that would be used can send a template with an order. Exotel, Meta can: name it as accountId, or set the route.',
    );
  });

  it('is a template like any other where no order is given', () => {
    const { account: first, content } = plan(send(), opening());
    expect(first.name).toBe('Wappin');
    expect(content).not.toHaveProperty('order');
  });
});
