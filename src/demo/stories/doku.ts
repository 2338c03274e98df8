import { type Chapter } from '../story.js';
import { PAYCHAT } from '../templates.js';

/** Exactly as DOKU's PAYCHAT page prints it. */
const REQUEST = {
  to: '087823678023',
  content: { template: { name: PAYCHAT.name, params: ['value 1', 'value 2', 'value 3'] } },
};

/** Word of a parcel. */
export const parcel = (to: string, name: string, order: string): { to: string; content: object } => ({
  to,
  content: { template: { name: PAYCHAT.name, params: [name, order, `JX${order.slice(2)}88`] } },
});

export const doku: Chapter = {
  heading: 'DOKU: templates, and no word of what becomes of them',
  async tell(story) {
    await story.send({ title: `PAYCHAT ${PAYCHAT.externalId}`, input: REQUEST, ends: 'SUBMITTED', shown: true });
    await story.send({
      title: 'two values for three',
      input: { to: REQUEST.to, content: { template: { name: PAYCHAT.name, params: ['value 1', 'value 2'] } } },
      ...{ ends: 'REFUSED', problem: 'TEMPLATE_PARAMS_MISMATCH' },
    });
  },
};
