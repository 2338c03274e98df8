import { type Chapter } from '../story.js';
import { parcel } from './doku.js';
import { orderUpdate } from './exotel.js';
import { orderReady } from './meta.js';
import { bill } from './wappin.js';

export const batch: Chapter = {
  heading: 'One request through four of them',
  async tell(story) {
    await story.sendAll([
      { title: 'batch, 1 of 5', input: bill('0896-0001-0011', '034573'), ends: 'READ' },
      { title: 'batch, 2 of 5', input: orderUpdate('+91 98123 45679', 'Ravi', 'A-1041'), ends: 'READ' },
      { title: 'batch, 3 of 5', input: bill('nobody', '034574'), ends: 'REFUSED', problem: 'INVALID_PHONE_NUMBER' },
      { title: 'batch, 4 of 5', input: parcel('62 878 2367 8024', 'Sri', 'A-1042'), ends: 'SUBMITTED' },
      { title: 'batch, 5 of 5', input: orderReady('+62 813 5000 0003', 'Tono', 'A-1043'), ends: 'READ' },
    ]);
  },
};
