/** Where a delivery stands, with what each means; the API's enum is made from it. */
export const DELIVERY_STATUSES = {
  PENDING: 'It waits for its first attempt or for the next one.',
  DELIVERED: 'The endpoint confirmed it with a 2xx, here or in a replay.',
  FAILED:
    'It is not tried any more: all attempts failed, the endpoint said that it is gone, or it was deleted. retryWebhookDelivery begins again.',
} as const;

export type DeliveryStatus = keyof typeof DELIVERY_STATUSES;
