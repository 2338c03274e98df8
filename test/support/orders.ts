import { type FilePart, type OrderMessage, type OrderStatusMessage } from '../../src/messages/message-content.js';
import { type OrderDetails } from '../../src/providers/ports/messaging.js';
import { uuid } from './surroundings.js';

const NOTHING = { amount: '0', description: null };

/** Two of one thing, reduced to ₹50.00 each. */
export const DETAILS: OrderDetails = {
  referenceId: 'INV-77',
  goods: 'DIGITAL_GOODS',
  paymentType: 'upi',
  configuration: 'toko_upi',
  currency: 'INR',
  items: [
    {
      ...{ retailerId: 'SKU-1', name: 'Kopi Toraja', amount: '6000', saleAmount: '5000', quantity: 2 },
      ...{ countryOfOrigin: null, importerName: null, importerAddress: null },
    },
  ],
  subtotal: '10000',
  tax: NOTHING,
  shipping: NOTHING,
  discount: { ...NOTHING, program: null },
  total: '10000',
  expires: null,
  beneficiaries: [],
};

/** An order as it is sent, without a picture if nothing else is said. */
export const orderMessage = (over: Partial<OrderMessage> = {}): OrderMessage => ({
  kind: 'order',
  paymentId: uuid(700),
  text: 'Pesanan Anda',
  footer: 'Toko Sri',
  headerImage: null,
  details: DETAILS,
  ...over,
});

/** That it was shipped. */
export const orderState = (): OrderStatusMessage => ({
  kind: 'orderStatus',
  paymentId: uuid(700),
  text: 'Pesanan Anda dikirim.',
  details: { referenceId: 'INV-77', status: 'SHIPPED', description: null },
});

/** The picture above an order: a link or an upload. */
export const picture = (over: Partial<FilePart>): FilePart => ({
  ...{ type: 'IMAGE', url: null, mediaId: null, filename: null, ...over },
});
