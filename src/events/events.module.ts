import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventFollower } from './event-follower.js';
import { EventLog } from './event-log.js';
import { EventsResolver } from './events.resolver.js';

@Global()
@Module({ providers: [EventLog, EventFollower, EventsResolver], exports: [EventLog, EventFollower] })
export class EventsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly follower: EventFollower) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.follower.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.follower.stop();
  }
}
