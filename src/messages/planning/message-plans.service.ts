import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.js';
import { isProblem, type Problem } from '../../common/problem.js';
import { CONFIG, type Config } from '../../config/config.js';
import { type Caller } from '../../projects/caller.js';
import { type MessagePlan, planMessage } from './message-plan.js';
import { readSend, type SendInput, timesProblem, unsafeAddress } from './send-input.js';
import { SendSurroundings } from './send-surroundings.js';

/** Says what a send would do. */
@Injectable()
export class MessagePlans {
  constructor(
    private readonly surroundings: SendSurroundings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateUrls'>,
  ) {}

  /** Reads and judges as sending does; an idempotency key is not looked at. */
  async plan(caller: Caller, input: SendInput): Promise<MessagePlan | Problem> {
    const send = readSend(input, caller);
    if (isProblem(send)) return send;
    const wrong = timesProblem(send, this.clock.now()) ?? (await unsafeAddress(send, this.config.allowPrivateUrls));
    if (wrong) return wrong;
    // Always fresh: who asks why does not want to hear what was so a second ago.
    const around = await this.surroundings.ofProject(send.projectId, [send], true);
    return planMessage(send, around);
  }
}
