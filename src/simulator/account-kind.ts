import { type SimulatedKind } from './behaviour.js';
import { type Shape } from './control-input.js';

/**
 * Names an account by the field that is its key: the clientId of DOKU and Wappin, Exotel's accountSid, SendTalk's apiKey,
 * Meta's phoneNumberId. `clientId` is another name for it.
 */
export interface OfAccount {
  readonly account?: string;
  readonly clientId?: string;
}

export const accountIn = ({ account, clientId }: OfAccount): string | undefined => account ?? clientId;

/** A template that the provider has approved. */
export interface SimulatedTemplate extends OfAccount {
  readonly kind: SimulatedKind;
  /** DOKU's templateId, Wappin's type, elsewhere its name. Without an account it is everybody's. */
  readonly name: string;
  /** How many values its body takes. */
  readonly params: number;
  /** Exotel and Meta: approved in this language alone. */
  readonly language?: string;
  /** Exotel and Meta: a header that takes this; none, or a fixed one, where absent. */
  readonly header?: 'text' | 'image' | 'video' | 'document';
  /** Exotel and Meta: places of the buttons that take a value, from 0. */
  readonly buttons?: readonly number[];
  /** Exotel and Meta: the place of the button that opens an order. */
  readonly orderButton?: number;
  /** Wappin: `SMS` is the text of a fallback, named by `content`. */
  readonly channel?: 'WHATSAPP' | 'SMS';
}

/** What there is to say of a provider's accounts. */
export interface AccountKind<Account> {
  /** The field that names one. */
  readonly key: keyof Account & string;
  /** What the control endpoint takes as one. */
  readonly shape: Shape;
  /** Known from the start. */
  readonly accounts: readonly Account[];
  readonly templates: readonly SimulatedTemplate[];
}
