/** Every setting of the program: its name, its default and what it means. The README's table is made from this list. */
export const SETTINGS = [
  { name: 'PORT', default: '3000', meaning: 'Where the gateway listens.' },
  { name: 'HOST', default: '127.0.0.1', meaning: 'The address it listens on.' },
  {
    name: 'DATABASE_URL',
    default: '',
    meaning: 'PostgreSQL 15 or later. Without it a real PostgreSQL, brought by npm, is run in `DATA_DIR`.',
  },
  { name: 'DATA_DIR', default: '.kurir', meaning: 'The embedded database, generated keys, uploaded media.' },
  {
    name: 'ROLE',
    default: 'all',
    meaning: '`api`, `worker` or `all`: what this process does. Any number of each may run on one `DATABASE_URL`.',
  },
  {
    name: 'PUBLIC_URL',
    default: '',
    meaning: 'What providers and people reach it by (default `http://localhost:PORT`); callback URLs are made from it.',
  },
  {
    name: 'ADMIN_API_KEY',
    default: '',
    meaning:
      'A key with every scope on the first project, made at the first start; at least 32 characters. Without it one is made and printed once.',
  },
  {
    name: 'ENCRYPTION_KEY',
    default: '',
    meaning:
      '32 bytes in base64: seals provider credentials and webhook secrets. Required with `DATABASE_URL`, else generated in `DATA_DIR`.',
  },
  {
    name: 'SIMULATOR_PORT',
    default: '',
    meaning: 'When set, the provider simulator listens there in the same process.',
  },
  { name: 'CORS_ORIGINS', default: '', meaning: 'Origins of web pages that may call `/graphql`, separated by commas.' },
  {
    name: 'TRUSTED_PROXIES',
    default: '',
    meaning:
      'CIDR blocks of proxies whose forwarded address is believed; without it a key’s `allowedIps` sees the proxy.',
  },
  {
    name: 'ALLOW_PRIVATE_URLS',
    default: 'false',
    meaning:
      'Lets provider base URLs, webhook endpoints and addresses of media be loopback or private: for development and tests.',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning:
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. One JSON line for each entry, without numbers, texts or secrets.',
  },
] as const;

export type SettingName = (typeof SETTINGS)[number]['name'];
