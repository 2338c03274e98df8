import { type MetaComponent, type MetaTemplate } from './meta-template.js';

type Whole = Pick<MetaTemplate, 'name' | 'language' | 'category' | 'parameterFormat' | 'components'>;

const body = (text: string, ...samples: string[]): MetaComponent => ({
  type: 'BODY',
  text,
  ...(samples.length > 0 && { example: { body_text: [samples] } }),
});

const positional = (
  category: Whole['category'],
  name: string,
  id: readonly MetaComponent[],
  en: readonly MetaComponent[],
): Whole[] => [
  { name, language: 'id', category, parameterFormat: 'POSITIONAL', components: id },
  { name, language: 'en', category, parameterFormat: 'POSITIONAL', components: en },
];

const named = (language: string, text: string): Whole => ({
  name: 'named_order',
  language,
  category: 'UTILITY',
  parameterFormat: 'NAMED',
  components: [
    {
      type: 'BODY',
      text,
      example: {
        body_text_named_params: [
          { param_name: 'customer_name', example: 'Budi' },
          { param_name: 'order_id', example: 'INV-1' },
        ],
      },
    },
  ],
});

const invoice: MetaComponent = { type: 'HEADER', format: 'DOCUMENT', example: { header_handle: ['4::c2FtcGxl'] } };

const codeButton = (text: string): MetaComponent => ({
  type: 'BUTTONS',
  buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', text }],
});

/** Approved from the start in the default WhatsApp Business Account, each in Indonesian and in English. */
export const DEFAULT_META_TEMPLATES: readonly Whole[] = [
  ...positional(
    'UTILITY',
    'order_ready',
    [body('Halo {{1}}, pesanan {{2}} siap diambil.', 'Budi', 'INV-1')],
    [body('Hello {{1}}, your order {{2}} is ready.', 'Budi', 'INV-1')],
  ),
  ...positional(
    'MARKETING',
    'promo_week',
    [body('Halo {{1}}, minggu ini semua diskon.', 'Budi'), { type: 'FOOTER', text: 'Balas STOP untuk berhenti' }],
    [body('Hello {{1}}, everything is on sale this week.', 'Budi'), { type: 'FOOTER', text: 'Reply STOP to opt out' }],
  ),
  ...positional(
    'AUTHENTICATION',
    'login_code',
    [body('*{{1}}* adalah kode verifikasi Anda.', '123456'), codeButton('Salin kode')],
    [body('*{{1}}* is your verification code.', '123456'), codeButton('Copy code')],
  ),
  ...positional(
    'UTILITY',
    'order_document',
    [invoice, body('Halo {{1}}, berikut faktur Anda.', 'Budi')],
    [invoice, body('Hello {{1}}, here is your invoice.', 'Budi')],
  ),
  named('id', 'Halo {{customer_name}}, pesanan {{order_id}} sedang dikirim.'),
  named('en', 'Hello {{customer_name}}, your order {{order_id}} is on its way.'),
];
