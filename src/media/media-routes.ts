import multipart, { type Multipart, type MultipartFile } from '@fastify/multipart';
import { Logger } from '@nestjs/common';
import { type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Clock, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { publicId, uuidOf } from '../common/ids.js';
import { answersPreflight } from '../graphql/cross-origin.js';
import { UNAUTHENTICATED_MESSAGE } from '../graphql/errors.js';
import { type Caller } from '../projects/caller.js';
import { type KeyRing } from '../projects/key-ring.js';
import { type Scope } from '../projects/scopes.js';
import { contentDisposition } from './content-disposition.js';
import { type MediaEntity } from './media.entity.js';
import { type MediaKey, type MediaLinks } from './media-links.js';
import { type MediaService } from './media.service.js';
import { LARGEST_FILE, type Rejection, REJECTIONS } from './media-types.js';

export interface MediaRoutesParts {
  readonly media: MediaService;
  readonly links: MediaLinks;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** CORS_ORIGINS. */
  readonly origins: readonly string[];
}

interface Address {
  readonly id: string;
}

interface Link {
  readonly until?: string;
  readonly signature?: string;
}

/** What is around the file in a multipart body: boundaries, headers, small fields. */
const AROUND_THE_FILE = 64 * 1024;
const STATUS: Readonly<Record<Rejection, number>> = { 'too large': 413, 'wrong type': 415 };
const NO_FILE = 'Send the file as multipart/form-data, in the field called file.';
const TOO_MANY = 'Send one file in a request; there was another one in this.';
const UNKNOWN = 'No media of that id exists in this project.';

/** `POST /media` and `GET /media/{id}`, for the keys that /graphql takes; `GET` also for the links that we sign. */
export function mediaRoutes(parts: MediaRoutesParts): FastifyPluginAsync {
  const log = new Logger('Media');
  const origins = new Set(parts.origins);
  return async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers();
    await server.register(multipart, {
      throwFileSizeLimit: false,
      // One byte more than is taken tells that there was more; the parser drops the rest.
      limits: { fileSize: LARGEST_FILE + 1, files: 2, fields: 16, fieldSize: 1024, parts: 18 },
    });
    // Anything else is answered without having been read.
    server.addContentTypeParser('*', (_request, _body, done) => done(null));
    server.addHook('onRequest', (request, reply, done) => {
      if (!answersPreflight(origins, request, reply)) done();
    });
    server.setErrorHandler((error, _request, reply) => {
      log.error(fault(error));
      return refuse(reply, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong on our side. It was logged.');
    });
    for (const url of ['/media', '/media/:id']) server.options(url, (_request, reply) => reply.code(204).send());
    server.post('/media', (request, reply) => upload(parts, request, reply));
    server.get<{ Params: Address; Querystring: Link }>('/media/:id', (request, reply) => serve(parts, request, reply));
  };
}

async function upload(
  { keys, media }: MediaRoutesParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = await callerWith('SEND', keys, request, reply);
  if (!caller) return reply;
  if (!request.isMultipart()) return refuse(reply, 400, 'INVALID_INPUT', NO_FILE);
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_FILE + AROUND_THE_FILE)
    return reject(reply, 'too large');
  const parts = request.parts();
  try {
    const part = await nextFile(parts);
    if (part?.fieldname !== 'file') {
      part?.file.resume();
      throw new BadForm(NO_FILE);
    }
    const kept = await media.upload(caller.projectId, bytesOfOnly(part, parts), part.filename || null);
    if ('rejected' in kept) return reject(reply, kept.rejected);
    return await reply.code(201).send({ id: publicId('med', kept.id) });
  } catch (error) {
    if (error instanceof BadForm) return refuse(reply, 400, 'INVALID_INPUT', error.message);
    throw error;
  }
}

/** The body ended early, is no multipart, or holds something else than one file: the caller's doing. */
class BadForm extends Error {}

async function nextFile(parts: AsyncIterator<Multipart, unknown>): Promise<MultipartFile | null> {
  try {
    for (;;) {
      const { done, value } = await parts.next();
      if (done) return null;
      if (value.type === 'file') return value;
    }
  } catch (cause) {
    throw new BadForm(NO_FILE, { cause });
  }
}

/** Throws at the file's end where another one follows it, so that none is kept: one id is answered. */
async function* bytesOfOnly({ file }: MultipartFile, parts: AsyncIterator<Multipart, unknown>): AsyncIterable<Buffer> {
  try {
    yield* file;
  } catch (cause) {
    throw new BadForm(NO_FILE, { cause });
  }
  // Of one that is too large the rest is not waited for.
  const other = file.truncated ? null : await nextFile(parts);
  if (!other) return;
  other.file.resume();
  throw new BadForm(TOO_MANY);
}

async function serve(
  parts: MediaRoutesParts,
  request: FastifyRequest<{ Params: Address; Querystring: Link }>,
  reply: FastifyReply,
): Promise<unknown> {
  const key = await keyOf(parts, request, reply);
  if (reply.sent) return reply;
  const row = key && (await parts.media.row(key.projectId, key.id));
  if (!row) return refuse(reply, 404, 'NOT_FOUND', UNKNOWN);
  if (!row.fetchedAt) return notYet(row, parts.clock.now(), reply);
  const etag = `"${row.sha256}"`;
  reply.headers({ etag, 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const file = await parts.media.open(row);
  if (!file)
    return refuse(reply, 404, 'NOT_FOUND', 'The bytes are not on this server: all processes must share DATA_DIR.');
  return reply
    .headers({
      'content-type': row.mimeType ?? 'application/octet-stream',
      'content-length': row.size ?? undefined,
      'content-disposition': contentDisposition(row.filename),
      // Whatever a person sent, a browser runs none of it as a page of ours.
      'content-security-policy': "default-src 'none'; sandbox",
    })
    .send(file.createReadStream());
}

/** What is asked for, by a link or by a key with READ. Where neither opens the door, that has been answered. */
async function keyOf(
  { links, keys }: MediaRoutesParts,
  request: FastifyRequest<{ Params: Address; Querystring: Link }>,
  reply: FastifyReply,
): Promise<MediaKey | null> {
  const linked = links.read(request.params.id, request.query.until, request.query.signature);
  if (linked) return linked;
  const caller = await callerWith('READ', keys, request, reply);
  const id = uuidOf('med', request.params.id);
  return caller && id ? { projectId: caller.projectId, id } : null;
}

/** Who calls, with a key that holds the scope; null where the refusal has been answered. */
async function callerWith(
  scope: Scope,
  keys: KeyRing,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Caller | null> {
  const caller = await keys.authenticate(request.headers.authorization, request.ip);
  if (caller?.scopes.has(scope)) return caller;
  if (caller) refuse(reply, 403, 'FORBIDDEN', `The key lacks the scope ${scope}.`);
  else refuse(reply.header('www-authenticate', 'Bearer'), 401, 'UNAUTHENTICATED', UNAUTHENTICATED_MESSAGE);
  return null;
}

function notYet({ dueAt, problem }: MediaEntity, now: Date, reply: FastifyReply): FastifyReply {
  if (!dueAt) return refuse(reply, 404, 'NOT_FOUND', `It could not be fetched. ${problem?.message ?? ''}`.trim());
  const seconds = Math.max(1, Math.ceil((dueAt.getTime() - now.getTime()) / SECOND));
  return refuse(
    reply.header('retry-after', String(seconds)),
    404,
    'NOT_FOUND',
    'It is still being fetched from the provider; try again in a moment.',
  );
}

const reject = (reply: FastifyReply, why: Rejection): FastifyReply =>
  refuse(reply, STATUS[why], 'MEDIA_REJECTED', REJECTIONS[why]);

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply.code(status).send({ code, message });
