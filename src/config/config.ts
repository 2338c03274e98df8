import ipaddr from 'ipaddr.js';
import { SETTINGS, type SettingName } from './settings.js';

export type Role = 'api' | 'worker' | 'all';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The environment, read once and checked. Nothing else looks at process.env. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** null: the embedded database in dataDir. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly role: Role;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly adminApiKey: string | null;
  /** 32 bytes; null: made in dataDir at the first start. */
  readonly encryptionKey: Buffer | null;
  readonly simulatorPort: number | null;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly allowPrivateUrls: boolean;
  readonly logLevel: LogLevel;
}

export const CONFIG = Symbol('Config');

/** Every problem of the settings at once, by name and never by value: a value may be a secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  }
}

/** Reads the settings; throws one ConfigError that names every problem. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const text = (name: SettingName): string =>
    env[name]?.trim() || (SETTINGS.find((setting) => setting.name === name)?.default ?? '');
  const bad = <T>(name: SettingName, rule: string, instead: T): T => {
    problems.push(`${name} ${rule}`);
    return instead;
  };
  const list = (name: SettingName): string[] =>
    text(name)
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  const port = (name: SettingName): number => {
    const value = text(name);
    return /^\d{1,5}$/.test(value) && Number(value) <= 65_535
      ? Number(value)
      : bad(name, 'must be a port from 0 to 65535.', 0);
  };
  const oneOf = <T extends string>(name: SettingName, values: readonly T[]): T =>
    values.find((value) => value === text(name)) ?? bad(name, `must be one of ${values.join(', ')}.`, values[0] as T);
  const url = (name: SettingName, protocols: readonly string[], form: string): string | null => {
    if (!text(name)) return null;
    const parsed = URL.parse(text(name));
    return parsed && protocols.includes(parsed.protocol) ? text(name) : bad(name, `must be ${form}.`, null);
  };

  const listenPort = port('PORT');
  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:'], 'a URL such as postgres://user@host:5432/name');
  const publicUrl = url('PUBLIC_URL', ['http:', 'https:'], 'an http or https URL');
  if (publicUrl && (URL.parse(publicUrl)?.search || URL.parse(publicUrl)?.hash)) {
    bad('PUBLIC_URL', 'must be an address without ? or #: paths are put behind it.', null);
  }

  let encryptionKey: Buffer | null = null;
  if (text('ENCRYPTION_KEY')) {
    const bytes = Buffer.from(text('ENCRYPTION_KEY'), 'base64');
    const exact = /^[A-Za-z0-9+/]{43}=$/.test(text('ENCRYPTION_KEY')) && bytes.length === 32;
    encryptionKey = exact
      ? bytes
      : bad('ENCRYPTION_KEY', 'must be 32 bytes in base64: make one with openssl rand -base64 32.', null);
  } else if (env['DATABASE_URL']?.trim()) {
    bad('ENCRYPTION_KEY', 'is required with DATABASE_URL: make one with openssl rand -base64 32, and keep it.', null);
  }

  const adminApiKey = text('ADMIN_API_KEY') || null;
  if (adminApiKey && !/^[\x21-\x7e]{32,255}$/.test(adminApiKey)) {
    bad('ADMIN_API_KEY', 'must have 32 to 255 characters, printable ASCII without spaces.', null);
  }

  const corsOrigins = list('CORS_ORIGINS');
  if (corsOrigins.some((origin) => URL.parse(origin)?.origin !== origin)) {
    bad('CORS_ORIGINS', 'must be origins such as https://shop.example, separated by commas, without a path.', null);
  }
  const trustedProxies = list('TRUSTED_PROXIES');
  if (!trustedProxies.every(isCidr)) {
    bad('TRUSTED_PROXIES', 'must be CIDR blocks such as 10.0.0.0/8, separated by commas.', null);
  }

  const config: Config = {
    port: listenPort,
    host: text('HOST'),
    databaseUrl,
    dataDir: text('DATA_DIR'),
    role: oneOf('ROLE', ['all', 'api', 'worker']),
    publicUrl: (publicUrl ?? `http://localhost:${listenPort}`).replace(/\/+$/, ''),
    adminApiKey,
    encryptionKey,
    simulatorPort: text('SIMULATOR_PORT') ? port('SIMULATOR_PORT') : null,
    corsOrigins,
    trustedProxies,
    allowPrivateUrls: oneOf('ALLOW_PRIVATE_URLS', ['false', 'true']) === 'true',
    logLevel: oneOf('LOG_LEVEL', LOG_LEVELS),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** One address or a CIDR block, of either family. */
export function isCidr(block: string): boolean {
  const [address = '', bits] = block.split('/');
  // In dotted form only: `10` would be 0.0.0.10, and the octal 010.0.0.1 would be 8.0.0.1.
  const written = ipaddr.IPv6.isValid(address) || ipaddr.IPv4.isValidFourPartDecimal(address);
  return written && (bits === undefined || ipaddr.isValidCIDR(block));
}
