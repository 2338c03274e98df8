import { later, MINUTE } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { type Sql } from '../../src/database/database.js';
import { type NewEvent } from '../../src/events/event-types.js';
import { type Heard } from '../../src/messages/inbound/inbound-messages.js';
import { type Caller } from '../../src/projects/caller.js';
import { type ProviderAccount } from '../../src/providers/accounts.service.js';
import { Family } from '../../src/providers/callback-families.js';
import { type InboundMessage, type VerificationReport } from '../../src/providers/ports/callbacks.js';
import { InboundProofs } from '../../src/verifications/inbound-proofs.js';
import { VerificationReports } from '../../src/verifications/verification-reports.js';
import { type Verification, type VerificationStep } from '../../src/verifications/verification-row.js';
import { VerificationSecrets } from '../../src/verifications/verification-secrets.js';
import { VerificationStore } from '../../src/verifications/verification-store.js';
import { inboundText } from '../../src/verifications/verification-texts.js';
import { MessageRoom } from './message-room.js';
import { ANI } from './surroundings.js';

/** A verification that waits for its proof by a message to us, for ten minutes from `now`. */
export function pendingVerification(now: Date, over: Partial<Verification> = {}): Verification {
  return {
    projectId: newId(),
    id: newId(),
    phone: ANI,
    prefix: '+628782',
    method: 'INBOUND',
    status: 'PENDING',
    told: true,
    language: 'id',
    appUrl: null,
    reference: null,
    chosenMethod: null,
    chosenAccount: null,
    apiKeyId: newId(),
    endUserAddress: null,
    steps: 1,
    checksLeft: 5,
    sends: 1,
    sentAt: now,
    refusals: 0,
    problem: null,
    timerAt: later(now, 10 * MINUTE),
    sequence: 1,
    expiresAt: later(now, 10 * MINUTE),
    verifiedAt: null,
    createdAt: now,
    ...over,
  };
}

/** Its first step, if nothing else is said. */
export function stepOf(
  { projectId, id: verificationId, method, createdAt }: Verification,
  over: Partial<VerificationStep> = {},
): VerificationStep {
  return {
    ...{ projectId, verificationId, number: 1, method, accountId: null, messageId: null, providerReference: null },
    ...{ selector: null, secretHash: null, waLink: null, waMessage: null, qrCode: null, tries: 0, problem: null },
    startedAt: createdAt,
    ...over,
  };
}

/** One that a person can prove by a message to us. */
export interface Started {
  readonly id: string;
  readonly code: string;
  /** What the person is to send. */
  readonly text: string;
}

/** The services that hear proofs, on a database of their own, with verifications that are written as if they were started. */
export class VerificationRoom {
  readonly secrets = new VerificationSecrets({ encryptionKey: Buffer.alloc(32, 7) });
  readonly store: VerificationStore;
  readonly proofs: InboundProofs;
  readonly reports: VerificationReports;

  static async open(): Promise<VerificationRoom> {
    return new VerificationRoom(await MessageRoom.open());
  }

  private constructor(readonly messages: MessageRoom) {
    const { database, accept, clock } = messages;
    this.store = new VerificationStore(database);
    this.proofs = new InboundProofs(this.store, this.secrets, accept, clock);
    this.reports = new VerificationReports(this.store, clock);
  }

  get now(): Date {
    return this.messages.clock.now();
  }

  close(): Promise<void> {
    return this.messages.close();
  }

  /** Starts one by INBOUND. */
  async start({ projectId }: Caller, over: Partial<Verification> = {}): Promise<Started> {
    const row = pendingVerification(this.now, { projectId, ...over });
    const { selector, secret } = this.secrets.newInboundCode();
    await this.write(row, stepOf(row, { selector, secretHash: this.secrets.hash(row.id, secret) }));
    const code = selector + secret;
    return { id: row.id, code, text: inboundText({ ...row, phone: ANI, code }) };
  }

  /** Starts one at a provider, which calls it so. */
  async startThere(account: ProviderAccount, reference: string, over: Partial<Verification> = {}): Promise<string> {
    const { id: accountId, projectId } = account;
    const row = pendingVerification(this.now, { projectId, method: 'SENDTALK', ...over });
    await this.write(row, stepOf(row, { accountId, providerReference: reference }));
    return row.id;
  }

  /** Hears what persons wrote as the callbacks do it: all in one transaction, the events last. */
  hear(account: ProviderAccount, ...written: readonly InboundMessage[]): Promise<Heard> {
    return this.messages.hearIn(familyOf(account), written, (...words) => this.proofs.hear(...words));
  }

  /** The same for what a provider reports. */
  async report(
    account: ProviderAccount,
    ...reports: readonly VerificationReport[]
  ): Promise<{ unknown: number[]; events: NewEvent[] }> {
    return this.messages.database.transaction(async (sql: Sql) => {
      const applied = await this.reports.apply(sql, familyOf(account), reports);
      await this.messages.log.append(sql, applied.events);
      return applied;
    });
  }

  async find({ projectId }: Caller, id: string): Promise<Verification> {
    const found = await this.store.find(projectId, id);
    if (!found) throw new Error('There is no such verification.');
    return found;
  }

  /** What happened to the verifications of a project, each with its reason where it has one: `REFUSED USED`. */
  async news(caller: Caller): Promise<string[]> {
    const events = await this.messages.events(caller);
    return events
      .filter(({ subjectKind }) => subjectKind === 'verification')
      .map(({ type, data }) => [type.replace('VERIFICATION_', ''), data['reason']].filter(Boolean).join(' '));
  }

  private async write(row: Verification, step: VerificationStep): Promise<void> {
    await this.messages.database.transaction(async (sql) => {
      await this.store.insert(sql, row);
      await this.store.saveStep(sql, step);
    });
  }
}

const familyOf = (account: ProviderAccount): Family =>
  new Family(account, [{ account, mailbox: null, owner: null }], { sendsBatches: false, echoes: false });
