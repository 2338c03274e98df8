import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { connectionOf } from '../graphql/connection.js';
import { enumOf } from '../graphql/enum.js';
import { DateTimeScalar, JsonObjectScalar } from '../graphql/scalars.js';
import { EVENT_TYPES, type EventType, type LoggedEvent, type SubjectKind } from './event-types.js';

export const EventTypeEnum = enumOf(
  'EventType',
  'What happened. The list grows: expect a value that you do not know.',
  EVENT_TYPES,
);

/**
 * Events that were read together share what is loaded for them: the first that asks for its message brings those of all,
 * in one query, also where a subscription executes event by event.
 */
export class LoadedTogether {
  private readonly loads = new Map<SubjectKind, Promise<ReadonlyMap<string, unknown>>>();

  constructor(private readonly events: readonly LoggedEvent[]) {}

  async load<Value>(
    event: EventModel,
    kind: SubjectKind,
    batch: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  ): Promise<Value | null> {
    if (event.subjectKind !== kind) return null;
    let load = this.loads.get(kind) as Promise<ReadonlyMap<string, Value>> | undefined;
    if (!load) {
      const ids = this.events.filter(({ subjectKind }) => subjectKind === kind).map(({ subjectId }) => subjectId);
      load = batch([...new Set(ids)]);
      this.loads.set(kind, load);
    }
    return (await load).get(event.subjectId) ?? null;
  }
}

@ObjectType('Event', {
  description:
    'One entry of the append-only log, in the order of commit. A query reads it, a subscription follows it, a webhook pushes it: the same events, the same ids.',
})
export class EventModel {
  @Field(() => ID, {
    description:
      'Its place in the log, a whole number in digits: a later event has a greater id, and `after` takes it.',
  })
  readonly id!: string;

  @Field(() => EventTypeEnum, { description: 'What happened.' })
  readonly type!: EventType;

  @Field(() => DateTimeScalar, { description: 'When it happened, by the provider’s clock where it has one.' })
  readonly occurredAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it came into the log.' })
  readonly recordedAt!: Date;

  @Field(() => Int, { description: '1, 2, 3 … among the events of the same object.' })
  readonly sequence!: number;

  @Field(() => JsonObjectScalar, {
    description: 'What a webhook carries as `data`, as it was when the event was written.',
  })
  readonly data!: Record<string, unknown>;

  /** What it is about; the rooms that know the kind add their fields. */
  readonly subjectKind!: SubjectKind;
  readonly subjectId!: string;
  readonly together!: LoadedTogether;
}

export const EventConnection = connectionOf('Event', () => EventModel, { counted: false });

/** The events of one reading. */
export function toEventModels(events: readonly LoggedEvent[]): EventModel[] {
  const together = new LoadedTogether(events);
  return events.map(({ id, type, occurredAt, recordedAt, sequence, data, subjectKind, subjectId }) => ({
    id,
    type,
    occurredAt,
    recordedAt,
    sequence,
    data,
    subjectKind,
    subjectId,
    together,
  }));
}
