import { type DynamicModule, Module } from '@nestjs/common';
import { CallbacksModule } from './callbacks/callbacks.module.js';
import { DatabaseModule, type Foundations } from './database/database.module.js';
import { EventsModule } from './events/events.module.js';
import { GraphqlModule } from './graphql/graphql.module.js';
import { HttpModule } from './http/http.module.js';
import { MediaModule } from './media/media.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { ProvidersModule } from './providers/providers.module.js';
import { ServerModule } from './server/server.module.js';
import { TemplatesModule } from './templates/templates.module.js';
import { VerificationsModule } from './verifications/verifications.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** Puts the rooms together: the only file that imports all of them. */
@Module({})
export class AppModule {
  static with(foundations: Foundations): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.with(foundations),
        HttpModule,
        ServerModule,
        GraphqlModule.with({ served: foundations.config.role !== 'worker' }),
        ProjectsModule,
        EventsModule,
        ProvidersModule,
        MediaModule,
        TemplatesModule,
        MessagesModule,
        VerificationsModule,
        PaymentsModule,
        CallbacksModule,
        WebhooksModule,
      ],
    };
  }
}
