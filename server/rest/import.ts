import type { FastifyReply, FastifyRequest } from 'fastify';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { AppError, errorBody, toAppError } from '../errors.ts';
import {
  importLine,
  placeholderStyle,
  type ImportNote,
  type ImportProgressLine,
  type ImportReport,
  type importPromptsInput,
} from '../schemas/imports.ts';
import { slugText, text } from '../schemas/common.ts';
import { createImportParts } from '../services/imports/import-parts.ts';
import { importPrompts } from '../services/imports/import-prompts.ts';
import { logFailure } from '../telemetry/log-failure.ts';
import type { RestApp } from './app.ts';
import { importTooLarge } from './csv-errors.ts';
import { readCsvRows } from './csv-rows.ts';
import { IMPORT_MAX_BYTES } from './csv-upload.ts';
import { organisationQuery, setParams } from './schemas.ts';

const description =
  'The body is a CSV file, sent as it is (`Content-Type: text/csv`), with the columns `name` and `prompt`. It has at most ' +
  '100,000 rows and 64 MB. Cells are separated by commas, semicolons or tabs. The file is UTF-8, or UTF-16 with a byte order ' +
  'mark. Its encoding and its first line are checked before anything is stored. By default every prompt renders to exactly ' +
  'the imported text, see `placeholders`. The response begins when the whole file was received, and has one JSON object ' +
  'per line: notes about rows, progress, and at the end the report or the error that ended the import. An equal row ' +
  'changes nothing, so an import that was interrupted can be repeated.';

const importQuery = organisationQuery.extend({ placeholders: placeholderStyle.default('none') });

const IMPORT_REASONS = {
  413: ['payload_too_large', 'import.too_large', 'import.too_many_rows'],
  415: ['unsupported_media_type', 'unsupported_content_encoding'],
  422: ['import.encoding', 'import.columns', 'import.empty'],
  503: ['import.interrupted'],
} as const;

/** In a separate scope, which takes only CSV. */
export async function importRoutes(app: RestApp): Promise<void> {
  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    stopping.abort(interrupted('The server stopped.'));
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));

  app.post(
    '/prompt_sets/:set_id/import',
    {
      config: {
        docs: { permissions: ['prompts.write'], reasons: IMPORT_REASONS },
        streamsBody: true,
        mediaType: 'text/csv',
      },
      schema: {
        tags: ['Import'],
        operationId: 'importPrompts',
        summary: 'Import prompts from a CSV file',
        description,
        consumes: ['text/csv'],
        params: setParams,
        querystring: importQuery,
        response: { 200: ndjson() },
      },
    },
    async (request, reply) => {
      await streamImport(request, reply, { ...request.query, ...request.params }, stopping.signal);
      return reply;
    },
  );

  app.post(
    '/projects/:project/prompt_sets/:set/import',
    {
      config: {
        docs: { permissions: ['prompts.write'], reasons: IMPORT_REASONS },
        streamsBody: true,
        mediaType: 'text/csv',
      },
      schema: {
        tags: ['Import'],
        operationId: 'importPromptsBySlug',
        summary: 'Import prompts and create the set if it doesn’t exist',
        description: `The project has to exist. ${description}`,
        consumes: ['text/csv'],
        params: z.object({
          project: text(64, 1).describe('Id or slug.'),
          set: slugText.describe('Slug. Creates the set if it doesn’t exist.'),
        }),
        querystring: importQuery,
        response: { 200: ndjson() },
      },
    },
    async (request, reply) => {
      await streamImport(request, reply, { ...request.query, ...request.params }, stopping.signal);
      return reply;
    },
  );
}

function ndjson() {
  return {
    description: 'Lines, the report last.',
    content: { 'application/x-ndjson': { schema: importLine } },
  };
}

type ImportError = { type: 'error'; stored: number } & ReturnType<typeof errorBody>;
type ImportInput = z.output<typeof importPromptsInput>;

/**
 * Whatever goes wrong before the first line is an ordinary error response; later it is the last line.
 *
 * @param stopping aborted when the server stops, with the error to send
 */
async function streamImport(
  request: FastifyRequest,
  reply: FastifyReply,
  input: ImportInput,
  stopping: AbortSignal,
): Promise<void> {
  const context = await request.serviceContext();
  if (Number(request.headers['content-length']) > IMPORT_MAX_BYTES) throw importTooLarge();
  const left = new AbortController();
  reply.raw.once('close', () => left.abort(interrupted('The client closed the connection.')));
  reply.raw.once('finish', () => {
    if (!request.raw.complete && request.raw.socket instanceof Socket)
      hangUp(request.raw.socket, stopping.aborted ? 1_000 : 10_000);
  });
  let lines: PassThrough | undefined;
  let stored = 0;
  let percent = 0;
  const tell = (line: ImportNote | ImportProgressLine | ImportReport | ImportError) => {
    if (line.type === 'progress') stored = line.created + line.updated + line.unchanged;
    if (!lines) {
      lines = new PassThrough();
      reply.type('application/x-ndjson; charset=utf-8').serializer((payload: string) => payload);
      void reply.send(lines);
    }
    lines.write(`${JSON.stringify(line)}\n`);
  };
  try {
    const rows = readCsvRows(request.raw, {
      parts: createImportParts(context, input),
      signal: AbortSignal.any([left.signal, stopping]),
      onPercent: (read) => (percent = read),
    });
    const report = await importPrompts(context, input, rows, (line) =>
      tell(line.type === 'progress' ? { ...line, percent } : line),
    );
    tell(report);
  } catch (error) {
    // A connection that is closed while the file is sent is an error of the request too.
    if (!lines) throw left.signal.aborted ? left.signal.reason : error;
    const expected = toAppError(error);
    if (!left.signal.aborted) logFailure(request.log, expected, 'import failed');
    tell({ type: 'error', stored, ...errorBody(expected, request.id) });
  }
  lines?.end();
}

/**
 * Closes a connection by which the client still sends, after it had time to read the response: an immediate close could
 * reset the connection before that.
 */
function hangUp(socket: Socket, afterMs: number): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), afterMs);
  socket.once('close', () => clearTimeout(timer));
}

function interrupted(why: string): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    `${why} Repeat the import with the same file: rows that were imported change nothing.`,
    { reason: 'import.interrupted', retryAfterSeconds: 1 },
  );
}
