import { Field, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, PhoneNumberScalar } from '../../graphql/scalars.js';
import { ConsentModel } from '../message.model.js';

@ObjectType('SessionWindow', {
  description: 'The 24 hours after a person’s own message, in which free text may be sent.',
})
export class SessionWindowModel {
  /** For the field resolver of account. */
  readonly accountId!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the person last wrote, by the provider’s clock; null when that was never heard.',
  })
  readonly lastInboundAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the window closes, or closed.' })
  readonly closesAt!: Date | null;
}

@ObjectType('Contact', { description: 'What is known of one person: may they be written to, and how freely.' })
export class ContactModel {
  @Field(() => PhoneNumberScalar, {
    nullable: true,
    description: 'Their number, where the provider does not keep it back.',
  })
  readonly phone!: string | null;

  @Field(() => String, { nullable: true, description: 'The provider’s own id of them, where it gives one.' })
  readonly recipientId!: string | null;

  @Field(() => ConsentModel, { description: 'Whether they may be written to.' })
  readonly consent!: ConsentModel;

  @Field(() => [SessionWindowModel], { description: 'A window for each account that passes on what persons write.' })
  readonly windows!: SessionWindowModel[];
}
