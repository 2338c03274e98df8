import { describe, expect, it } from 'vitest';
import { orderMessage, orderState } from '../../test/support/orders.js';
import { toContentModel } from './content.model.js';

describe('what the API shows of an order message', () => {
  it.each([orderMessage(), orderState()])(
    'of the kind $kind is its payment and its text, and nothing of whom it goes to',
    (content) => {
      const { kind, paymentId, text } = content;
      expect(toContentModel(content)).toEqual({ kind, paymentId, text });
    },
  );
});
