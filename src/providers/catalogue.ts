import { doku } from './doku/doku.provider.js';
import { exotel } from './exotel/exotel.provider.js';
import { meta } from './meta/meta.provider.js';
import { type ProviderDefinition } from './ports/provider.js';
import { sendtalk } from './sendtalk/sendtalk.provider.js';
import { wappin } from './wappin/wappin.provider.js';

/** Every provider of this build: adding one is a folder and its line here. */
export const CATALOGUE: readonly ProviderDefinition[] = [doku, wappin, sendtalk, exotel, meta];
