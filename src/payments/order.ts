import { type Digits } from '../common/money.js';
import { type Beneficiary, type GoodsType, type OrderLine, type OrderPart } from '../providers/ports/messaging.js';

/** What is paid for. Its parts add up to its total: nothing else is ever stored. */
export interface Order {
  readonly goods: GoodsType;
  readonly items: readonly OrderLine[];
  readonly subtotal: Digits;
  readonly tax: OrderPart;
  readonly shipping: OrderPart;
  readonly discount: OrderPart & { readonly program: string | null };
  readonly total: Digits;
  readonly beneficiaries: readonly Beneficiary[];
}
