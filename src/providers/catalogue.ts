import { doku } from './doku/doku.provider.js';
import { type ProviderDefinition } from './ports.js';
import { wappin } from './wappin/wappin.provider.js';

/** Every provider of this build: adding one is a folder and its line here. */
export const CATALOGUE: readonly ProviderDefinition[] = [doku, wappin];
