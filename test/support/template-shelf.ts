import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { type Call } from './client.js';
import { startFakeServer } from './fake-server.js';
import { type ConnectedAccount, PROBLEM } from './world.js';

const APP_SECRET = 'meta_app_secret_01';
export const WABA = '1020304050607080';

export interface ShelvedTemplate {
  id: string;
  name: string;
  language: string;
  status: string;
  category: string;
  components: Record<string, unknown>[];
  parameter_format?: string;
  rejected_reason?: string;
}

/** What was asked of the shelf. */
export interface Asked {
  readonly method: string;
  /** Without the version. */
  readonly path: string;
  readonly body: Record<string, any> | null;
}

/** Instead of the answer: a status and a body, or the line broken. */
type Instead = { readonly status: number; readonly body: object } | 'hang-up';

/** The templates of a WhatsApp Business Account as a test puts them there, behind the Cloud API's own paths. */
export interface TemplateShelf {
  readonly url: string;
  templates: ShelvedTemplate[];
  asked: Asked[];
  pageSize: number;
  /** Called before an answer, which waits for it; what it answers is said instead. */
  before: (asked: Asked) => Promise<Instead | void> | Instead | void;
  close(): Promise<void>;
}

export async function startTemplateShelf(): Promise<TemplateShelf> {
  let made = 0;
  const server = await startFakeServer((path, response, request) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      const method = request.method ?? '';
      const asked: Asked = { method, path: path.replace(/^\/v[\d.]+\//, ''), body: text ? JSON.parse(text) : null };
      shelf.asked.push(asked);
      void Promise.resolve(shelf.before(asked)).then((instead) => {
        if (instead === 'hang-up') return void request.socket.destroy();
        const { status, body } = instead ?? { status: 200, body: answerOf(asked) };
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  });
  const answerOf = ({ method, path, body }: Asked): object => {
    const [place = '', query] = path.split('?');
    const values = new URLSearchParams(query);
    if (method === 'GET') return page(values.get('after'));
    if (method === 'DELETE') {
      shelf.templates = shelf.templates.filter(({ id }) => id !== values.get('hsm_id'));
      return { success: true };
    }
    const known = shelf.templates.find(({ id }) => id === place);
    if (known) {
      Object.assign(known, body, { status: 'PENDING' });
      return { success: true };
    }
    const template = { ...body, id: `90000000000000${++made}`, status: 'PENDING' } as ShelvedTemplate;
    shelf.templates.push(template);
    return { id: template.id, status: template.status, category: template.category };
  };
  const page = (after: string | null): object => {
    const start = after === null ? 0 : Number(after);
    const end = start + shelf.pageSize;
    const next = end < shelf.templates.length ? { next: `https://graph.facebook.com/next?after=${end}` } : {};
    return { data: shelf.templates.slice(start, end), paging: { cursors: { after: String(end) }, ...next } };
  };
  const shelf: TemplateShelf = {
    ...{ url: server.url, templates: [], asked: [], pageSize: 100, before: () => undefined },
    close: () => server.close(),
  };
  return shelf;
}

/** An approved template with a body alone, as the list has it. */
export const shelved = (name: string, more: Partial<ShelvedTemplate> = {}): ShelvedTemplate => ({
  ...{ id: `8${name.length}${name}`, name, language: 'id', status: 'APPROVED', category: 'UTILITY' },
  components: [{ type: 'BODY', text: 'Halo {{1}}, salam.', example: { body_text: [['Budi']] } }],
  ...more,
});

/** Connects a number of the shelf's business account, or of another one. */
export async function connectShelf(
  call: Call,
  url: string,
  phoneNumberId: string,
  businessAccountId = WABA,
): Promise<ConnectedAccount> {
  const { data } = await call(
    `mutation ($input: ProviderAccountInput!) {
      connectProvider(input: $input) { __typename ... on ProviderAccount { id callbackUrls { url } } ${PROBLEM} }
    }`,
    {
      input: {
        ...{ kind: 'META', name: `Meta ${phoneNumberId}`, baseUrl: url },
        credentials: {
          ...{ accessToken: 'EAAtoken0123456789', phoneNumberId, businessAccountId },
          ...{ appSecret: APP_SECRET, verifyToken: 'verify-token-of-the-tests' },
        },
      },
    },
  );
  expect(data.connectProvider).toMatchObject({ __typename: 'ProviderAccount' });
  const { id, callbackUrls } = data.connectProvider;
  return { id, callbackUrl: callbackUrls[0].url };
}

/** What Meta's review tells of a template, posted and signed as Meta does. Answers the HTTP status. */
export async function tellReview(
  account: ConnectedAccount,
  value: {
    readonly name: string;
    readonly event: string;
    readonly language?: string;
    readonly reason?: string;
    readonly rejection_info?: { readonly reason: string; readonly recommendation: string };
  },
  at: Date | null = null,
): Promise<number> {
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: WABA,
        ...(at && { time: Math.floor(at.getTime() / 1000) }),
        changes: [
          {
            field: 'message_template_status_update',
            value: {
              event: value.event,
              message_template_id: 1,
              message_template_name: value.name,
              message_template_language: value.language ?? 'id',
              reason: value.reason ?? 'NONE',
              ...(value.rejection_info && { rejection_info: value.rejection_info }),
            },
          },
        ],
      },
    ],
  });
  const signature = createHmac('sha256', APP_SECRET).update(body).digest('hex');
  const answer = await fetch(account.callbackUrl ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
  });
  return answer.status;
}
