import { type ExotelComponent, type ExotelContent } from '../../providers/exotel/exotel.wire.js';
import { type Accounts } from '../accounts.js';
import { TEMPLATE_NOT_FOUND, TEMPLATE_PARAMS } from './exotel-codes.js';
import { type ExotelSend } from './exotel-request.js';

export interface TemplateFault {
  /** The exo_status_code where the message is taken and fails later. */
  readonly code: typeof TEMPLATE_NOT_FOUND | typeof TEMPLATE_PARAMS;
  readonly message: string;
}

type TemplateContent = Extract<ExotelContent, { type: 'template' }>;

/** Whether the account has the template in that language, and whether every part of it has its values. */
export function templateFault(
  accounts: Accounts,
  account: string,
  send: ExotelSend,
  strict: boolean,
): TemplateFault | undefined {
  const { name, language, components = [] } = (send.content as unknown as TemplateContent).template;
  const known = accounts.template({ kind: 'EXOTEL', name, language: language.code }, account);
  if (known === undefined)
    return strict
      ? { code: TEMPLATE_NOT_FOUND, message: `Template not found: ${name} in ${language.code}` }
      : undefined;
  const wrong = (what: string): TemplateFault => ({ code: TEMPLATE_PARAMS, message: `Template parameters: ${what}` });

  const body = components.filter(({ type }) => type === 'body');
  const given = body[0]?.parameters.length ?? 0;
  if (body.length > 1 || given !== known.params) return wrong(`the body takes ${known.params}, ${given} are given`);

  const headers = components.filter(({ type }) => type === 'header');
  const [header] = headers;
  if (
    (header?.parameters[0]?.type ?? undefined) !== known.header ||
    headers.length > 1 ||
    (header?.parameters.length ?? 0) > 1
  )
    return wrong(`the header takes ${known.header ?? 'none'}`);

  const buttons = components.filter(
    (one): one is Extract<ExotelComponent, { type: 'button' }> => one.type === 'button',
  );
  const orders = buttons.filter(({ sub_type }) => (sub_type as string) === 'order_details');
  if (orders.map(({ index }) => Number(index)).join() !== String(known.orderButton ?? ''))
    return wrong(
      known.orderButton === undefined
        ? 'no button takes an order'
        : `the button at ${known.orderButton} takes an order`,
    );
  const places = buttons.map(({ index }) => Number(index)).sort();
  const expected = [...(known.buttons ?? []), ...(known.orderButton === undefined ? [] : [known.orderButton])].sort();
  if (places.join() !== expected.join() || buttons.some(({ parameters }) => parameters.length !== 1))
    return wrong(`the buttons at ${expected.join(', ') || 'no place'} take one value each`);
  return undefined;
}
