import { type Call } from './client.js';
import { handsOf, PROBLEM, type World } from './world.js';

const TEMPLATE = `id name language channel category body paramNames samples footer raw updatedAt deletedAt header { format text }
  buttons { type text url } registrations { account { id } externalId status category rejectionReason }`;
const RESULT = `__typename ... on Template { ${TEMPLATE} } ${PROBLEM}`;

/** What a person does with templates; each answers the thing or the Problem. */
export interface TemplateHands {
  readonly ask: World['ask'];
  readonly create: (input: Record<string, unknown>) => Promise<any>;
  readonly update: (id: string, input: Record<string, unknown>) => Promise<any>;
  readonly remove: (id: string) => Promise<any>;
  readonly submit: (id: string, accountId: string) => Promise<any>;
  readonly sync: (accountId: string) => Promise<any>;
  readonly read: (id: string) => Promise<any>;
  /** Those of the name, or all; newest first. */
  readonly list: (name?: string) => Promise<any[]>;
  /** Where the template of the name stands, by account id. */
  readonly standing: (name: string) => Promise<Record<string, string>>;
  /** What the log tells of the template: account, status and reason of each event. */
  readonly told: (id: string) => Promise<[string, string, string | null][]>;
}

export function templateHandsOf(call: Call): TemplateHands {
  const { ask } = handsOf(call);
  const list: TemplateHands['list'] = async (name) => {
    const { templates } = await ask(
      `query ($name: String) { templates(first: 200, name: $name) { edges { node { ${TEMPLATE} } } } }`,
      { name },
    );
    return templates.edges.map(({ node }: any) => node);
  };
  return {
    ask,
    list,
    create: async (input) =>
      (
        await ask(`mutation ($input: TemplateInput!) { createTemplate(input: $input) { ${RESULT} } }`, {
          input: { name: 'order_paid', body: 'Halo {{1}}, pesanan {{2}} lunas.', samples: ['Budi', 'A-17'], ...input },
        })
      ).createTemplate,
    update: async (id, input) =>
      (
        await ask(
          `mutation ($id: ID!, $input: TemplatePatch!) { updateTemplate(id: $id, input: $input) { ${RESULT} } }`,
          { id, input },
        )
      ).updateTemplate,
    remove: async (id) =>
      (
        await ask(`mutation ($id: ID!) { deleteTemplate(id: $id) { __typename ... on Deleted { id } ${PROBLEM} } }`, {
          id,
        })
      ).deleteTemplate,
    submit: async (id, accountId) =>
      (
        await ask(
          `mutation ($id: ID!, $accountId: ID!) { submitTemplate(id: $id, accountId: $accountId) { ${RESULT} } }`,
          { id, accountId },
        )
      ).submitTemplate,
    sync: async (accountId) =>
      (
        await ask(
          `mutation ($accountId: ID!) { syncTemplates(accountId: $accountId) {
            __typename ... on TemplateSync { created updated unchanged syncedAt } ${PROBLEM} } }`,
          { accountId },
        )
      ).syncTemplates,
    read: async (id) => (await ask(`query ($id: ID!) { template(id: $id) { ${TEMPLATE} } }`, { id })).template,
    standing: async (name) => {
      const [template] = await list(name);
      return Object.fromEntries(
        (template?.registrations ?? []).map(({ account, status }: any) => [account.id, status]),
      );
    },
    told: async (id) => {
      const { events } = await ask(
        '{ events(first: 200, types: [TEMPLATE_STATUS_CHANGED]) { edges { node { data } } } }',
      );
      return events.edges
        .map(({ node }: any) => node.data.template)
        .filter((template: any) => template.id === id)
        .map(({ accountId, status, rejectionReason }: any) => [accountId, status, rejectionReason]);
    },
  };
}
