import { Global, Module } from '@nestjs/common';
import { TemplateEventFieldsResolver } from './event-fields.resolver.js';
import { TemplateRegistrationsResolver, TemplatesResolver } from './templates.resolver.js';
import { TemplatesReader } from './templates.reader.js';
import { TemplatesService } from './templates.service.js';

@Global()
@Module({
  providers: [
    TemplatesService,
    TemplatesReader,
    TemplatesResolver,
    TemplateRegistrationsResolver,
    TemplateEventFieldsResolver,
  ],
  exports: [TemplatesService, TemplatesReader],
})
export class TemplatesModule {}
