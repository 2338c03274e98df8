import { type Answer, declaresJson, headerOf, jsonObject, type ProviderCall } from '../behaviour.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { type Caller, NO_HEADERS, SendTalkCalls, UNKNOWN_KEY } from './sendtalk-calls.js';
import { SendTalkControl } from './sendtalk-control.js';
import { SendTalkMessageApi } from './sendtalk-message-api.js';
import { SendTalkVerificationApi } from './sendtalk-verification-api.js';
import { SendTalkVerifications } from './sendtalk-verifications.js';
import { SendTalkWebhooks } from './sendtalk-webhooks.js';

const PATHS: Readonly<Record<string, 'send' | 'status' | 'verification'>> = {
  '/api/v1/message/send_whatsapp': 'send',
  '/api/v1/message/get_status': 'status',
  '/api/v1/verification/create_whatsapp_verification': 'verification',
};

/** SendTalk: plain messages, and verifications by a message that a person sends. Every answer is an HTTP 200; the body tells. */
export class SendTalkApi implements SimulatedProvider {
  readonly kind = 'SENDTALK';
  private readonly calls: SendTalkCalls;
  private readonly messages: SendTalkMessageApi;
  private readonly verifications: SendTalkVerificationApi;
  private readonly controls: SendTalkControl;

  constructor(private readonly world: SimulatedWorld) {
    const made = new SendTalkVerifications(world.capacity);
    this.calls = new SendTalkCalls(world);
    this.messages = new SendTalkMessageApi(world, this.calls);
    this.verifications = new SendTalkVerificationApi(world, this.calls, made);
    this.controls = new SendTalkControl(world, made, new SendTalkWebhooks(world));
  }

  takes(method: string, path: string): boolean {
    return method === 'POST' && PATHS[path] !== undefined;
  }

  handle(call: ProviderCall): Answer {
    const caller: Caller = { path: call.path, at: this.world.now() };
    const key = headerOf(call, 'api-key');
    if (!key || !declaresJson(call)) return this.calls.refuse(caller, NO_HEADERS);
    const account = this.world.accounts.find('SENDTALK', key);
    if (account === undefined) return this.calls.refuse(caller, UNKNOWN_KEY);
    caller.account = account;
    const input = jsonObject(call.body) ?? {};
    switch (PATHS[call.path]) {
      case 'status':
        return this.messages.status(account, input, caller);
      case 'verification':
        return this.verifications.create(account, input, caller);
      default:
        return this.messages.send(account, input, caller);
    }
  }

  control(method: string, path: string, query: URLSearchParams, body: Buffer): Answer | Promise<Answer> | undefined {
    return this.controls.handle(method, path, query, body);
  }
}
