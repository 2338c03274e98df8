/** Templates at Meta: submitted, edited, deleted and listed by a WhatsApp Business Account. */
import { objectOf, objectsOf, textOf } from '../../common/untrusted-json.js';
import { type Answer } from '../ports/outcome.js';
import { type Account } from '../ports/provider.js';
import { type TemplateDraft, type TemplateRegistry, type TemplateStanding } from '../ports/templates.js';
import { type Graph, type GraphCall } from './meta.graph.js';
import { failed, failure, type Good, type Trouble } from './meta.outcome.js';
import { sampleHandle } from './meta.samples.js';
import { categoryOf, componentsOf, listedTemplate, statusOf } from './meta.template-form.js';
import { type MetaTemplateRequest, paths } from './meta.wire.js';

const PAGE_SIZE = '100';
const FIELDS = 'id,name,language,status,category,components,parameter_format,rejected_reason';

export function metaTemplates(account: Account, graph: Graph): TemplateRegistry {
  const owner = account.credentials['businessAccountId'] ?? '';
  const all = paths.templates(owner);

  async function ask(call: GraphCall, signal: AbortSignal): Promise<Good | Trouble> {
    const { read } = await graph.call(call, signal);
    return read;
  }

  /** What a draft is written as; a header's file is uploaded on the way. */
  async function formOf(draft: TemplateDraft, signal: AbortSignal): Promise<Answer<{ form: MetaTemplateRequest }>> {
    if (draft.category !== 'AUTHENTICATION' && draft.buttons.some((button) => button.type === 'OTHER')) {
      const message = 'It has a button of a kind that is made in WhatsApp Manager alone.';
      return { outcome: 'failed', failure: failure('UNSUPPORTED_BY_PROVIDER', message, null), retryable: false };
    }
    const header = draft.category === 'AUTHENTICATION' ? null : draft.header;
    const handle = await sampleHandle(header, account, graph, signal);
    if (handle.outcome === 'failed') return handle;
    const isNamed = draft.paramNames.length > 0 && draft.category !== 'AUTHENTICATION';
    const form: MetaTemplateRequest = {
      name: draft.name,
      language: draft.language,
      category: draft.category,
      ...(isNamed ? { parameter_format: 'NAMED' as const } : {}),
      components: componentsOf(draft, handle.handle),
    };
    return { outcome: 'answered', form };
  }

  return {
    owner,

    async submit(draft, signal) {
      const written = await formOf(draft, signal);
      if (written.outcome === 'failed') return written;
      const read = await ask({ method: 'POST', path: all, json: written.form }, signal);
      if (read.outcome !== 'good') return failed(read);
      const id = textOf(read.said['id']);
      if (id === null) return unclear('Meta took the template and gave no id for it: sync the templates.');
      return { outcome: 'answered', ...standing(draft, id, read) };
    },

    async edit(providerId, draft, signal) {
      const written = await formOf(draft, signal);
      if (written.outcome === 'failed') return written;
      // What it is called, and in which language, is not to be changed.
      const { name: _name, language: _language, ...changes } = written.form;
      const read = await ask({ method: 'POST', path: encodeURIComponent(providerId), json: changes }, signal);
      if (read.outcome !== 'good') return failed(read);
      if (read.said['success'] === false) return refusedSilently();
      return { outcome: 'answered', ...standing(draft, providerId, read) };
    },

    async remove({ externalId, providerId }, signal) {
      // Without the id every language of the name would go.
      if (providerId === null) {
        const message = "Meta's own id of the template is not known here; sync the account's templates first.";
        return { outcome: 'failed', failure: failure('TEMPLATE_NOT_FOUND', message, null), retryable: false };
      }
      const query = new URLSearchParams({ name: externalId, hsm_id: providerId });
      const read = await ask({ method: 'DELETE', path: `${all}?${query.toString()}` }, signal);
      if (read.outcome === 'good') return read.said['success'] === false ? refusedSilently() : { outcome: 'answered' };
      return isGone(read) ? { outcome: 'answered' } : failed(read);
    },

    async page(after, signal) {
      const query = new URLSearchParams({ limit: PAGE_SIZE, fields: FIELDS, ...(after === null ? {} : { after }) });
      const read = await ask({ method: 'GET', path: `${all}?${query.toString()}` }, signal);
      if (read.outcome !== 'good') return failed(read);
      if (!Array.isArray(read.said['data'])) return unclear('Meta answered without a list of templates.');
      const paging = objectOf(read.said['paging']);
      // The last page has a cursor too. The address in `next` is not followed: it holds the token.
      const isLast = textOf(paging?.['next']) === null;
      const next = isLast ? null : textOf(objectOf(paging?.['cursors'])?.['after']);
      if (!isLast && next === null) return unclear('Meta says that there are more templates, and not where.');
      return {
        outcome: 'answered',
        templates: objectsOf(read.said['data']).flatMap((each) => listedTemplate(each) ?? []),
        next,
      };
    },
  };
}

/** An edited template is looked at anew, whatever it was; an answer that names a status knows better. */
function standing(draft: TemplateDraft, providerId: string, { said }: Good): TemplateStanding {
  return {
    externalId: draft.name,
    providerId,
    status: statusOf(said['status']) ?? 'PENDING',
    category: categoryOf(said['category']) ?? draft.category,
    rejectionReason: null,
  };
}

function unclear(message: string): Answer<never> {
  return { outcome: 'failed', failure: failure('PROVIDER_UNAVAILABLE', message, null), retryable: true };
}

function refusedSilently(): Answer<never> {
  const message = 'Meta says that it did not do it, and gives no reason.';
  return { outcome: 'failed', failure: failure('PROVIDER_REJECTED', message, null), retryable: false };
}

/** Whether a refused deletion says that there is no such template any more: for that, 100 has only its words. */
function isGone({ failure: { providerCode, providerMessage } }: Trouble): boolean {
  if (providerCode === '132001') return true;
  return providerCode === '100' && /template.*(not (be )?found|not exist|n't exist)/i.test(providerMessage ?? '');
}
