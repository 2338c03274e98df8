import { enumOf } from '../graphql/enum.js';
import { CATALOGUE } from './catalogue.js';

export const ProviderKindEnum = enumOf(
  'ProviderKind',
  'The providers that this build can talk to. The list grows.',
  Object.fromEntries(CATALOGUE.map(({ kind, description }) => [kind, description])),
);
