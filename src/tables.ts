import { CallbackEntity } from './callbacks/callback.entity.js';
import { ParkedCallbackEntity } from './callbacks/parked-callback.entity.js';
import { type TableClass } from './database/data-source.js';
import { EventEntity } from './events/event.entity.js';
import { MediaEntity } from './media/media.entity.js';
import { AutoReplyEntity } from './messages/inbound/auto-reply.entity.js';
import { ConversationEntity } from './messages/inbound/conversation.entity.js';
import { IdempotencyKeyEntity } from './projects/idempotency-key.entity.js';
import { MessageAttemptEntity } from './messages/message-attempt.entity.js';
import { MessageEntity } from './messages/message.entity.js';
import { OptOutEntity } from './messages/opt-out.entity.js';
import { PersonTurnEntity } from './messages/claiming/person-turn.entity.js';
import { ProviderReferenceEntity } from './messages/provider-reference.entity.js';
import { PaymentEntity } from './payments/payment.entity.js';
import { PaymentMessageEntity } from './payments/payment-message.entity.js';
import { PaymentNoticeEntity } from './payments/payment-notice.entity.js';
import { PaymentReferenceEntity } from './payments/payment-reference.entity.js';
import { ApiKeyEntity } from './projects/api-key.entity.js';
import { ProjectEntity } from './projects/project.entity.js';
import { AccountBudgetEntity } from './providers/account-budget.entity.js';
import { NumberCheckEntity } from './providers/number-check.entity.js';
import { ProviderAccountEntity } from './providers/provider-account.entity.js';
import { RouteEntity } from './providers/route.entity.js';
import { TemplateEntity } from './templates/template.entity.js';
import { TemplateRegistrationEntity } from './templates/template-registration.entity.js';
import { BlockedPrefixEntity } from './verifications/blocked-prefix.entity.js';
import { VerificationEntity } from './verifications/verification.entity.js';
import { VerificationStepEntity } from './verifications/verification-step.entity.js';
import { WebhookAttemptEntity } from './webhooks/webhook-attempt.entity.js';
import { WebhookDeliveryEntity } from './webhooks/webhook-delivery.entity.js';
import { WebhookEndpointEntity } from './webhooks/webhook-endpoint.entity.js';
import { WebhookFanOutEntity } from './webhooks/webhook-fan-out.entity.js';
import { WebhookReplayEntity } from './webhooks/webhook-replay.entity.js';

/** Every table there is. The migrations are held against these (test/architecture/drift.spec.ts). */
export const TABLES: readonly TableClass[] = [
  ...[ProjectEntity, ApiKeyEntity, EventEntity],
  ...[ProviderAccountEntity, AccountBudgetEntity, RouteEntity, NumberCheckEntity],
  ...[TemplateEntity, TemplateRegistrationEntity],
  ...[MediaEntity],
  ...[MessageEntity, MessageAttemptEntity, ProviderReferenceEntity, IdempotencyKeyEntity, OptOutEntity],
  ...[ConversationEntity, AutoReplyEntity, PersonTurnEntity],
  ...[VerificationEntity, VerificationStepEntity, BlockedPrefixEntity],
  ...[PaymentEntity, PaymentReferenceEntity, PaymentMessageEntity, PaymentNoticeEntity],
  ...[CallbackEntity, ParkedCallbackEntity],
  ...[WebhookEndpointEntity, WebhookFanOutEntity, WebhookDeliveryEntity, WebhookAttemptEntity, WebhookReplayEntity],
];
