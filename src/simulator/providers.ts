import { DokuApi } from './doku/doku-api.js';
import { ExotelApi } from './exotel/exotel-api.js';
import { MetaApi } from './meta/meta-api.js';
import { SendTalkApi } from './sendtalk/sendtalk-api.js';
import { type SimulatedProvider, type SimulatedWorld } from './simulated-provider.js';
import { WappinApi } from './wappin/wappin-api.js';

/** Every provider that the simulator speaks for, none of which knows of another. */
export const providersOf = (world: SimulatedWorld): readonly SimulatedProvider[] => [
  new DokuApi(world),
  new WappinApi(world),
  new ExotelApi(world),
  new SendTalkApi(world),
  new MetaApi(world),
];
