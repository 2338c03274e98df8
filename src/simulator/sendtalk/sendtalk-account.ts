import { type AccountKind } from '../account-kind.js';
import { oneOf, optional, text } from '../control-input.js';

export interface SimulatedSendTalkAccount {
  readonly kind: 'SENDTALK';
  readonly apiKey: string;
  /** Every send is refused with this reason. */
  readonly refuses?: 'insufficient_balance' | 'config_disabled';
}

export const SENDTALK_ACCOUNTS: AccountKind<SimulatedSendTalkAccount> = {
  key: 'apiKey',
  shape: {
    kind: oneOf('SENDTALK'),
    apiKey: text,
    refuses: optional(oneOf('insufficient_balance', 'config_disabled')),
  },
  accounts: [{ kind: 'SENDTALK', apiKey: 'sendtalk-api-key-01' }],
  templates: [],
};
