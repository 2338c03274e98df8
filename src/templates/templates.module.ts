import { Global, Module } from '@nestjs/common';
import { TemplateEventFieldsResolver } from './event-fields.resolver.js';
import { TemplateApprovals } from './template-approvals.service.js';
import { TemplateRegistries } from './template-registries.js';
import { TemplateReports } from './template-reports.js';
import { TemplateStore } from './template-store.js';
import { TemplateSyncs } from './template-sync.service.js';
import { TemplateWriter } from './template-writer.js';
import { TemplateRegistrationsResolver, TemplatesResolver } from './templates.resolver.js';
import { TemplatesReader } from './templates.reader.js';
import { TemplatesService } from './templates.service.js';

@Global()
@Module({
  providers: [
    ...[TemplatesService, TemplatesReader, TemplateStore, TemplateWriter],
    ...[TemplateApprovals, TemplateSyncs, TemplateReports, TemplateRegistries],
    ...[TemplatesResolver, TemplateRegistrationsResolver, TemplateEventFieldsResolver],
  ],
  exports: [TemplatesService, TemplatesReader, TemplateReports],
})
export class TemplatesModule {}
