import type { FastifyReply, FastifyRequest } from 'fastify';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { errorBody, toAppError } from '../errors.ts';
import { importLine, type ImportNote, type ImportProgress, type ImportReport } from '../schemas/imports.ts';
import { text } from '../schemas/common.ts';
import type { PromptSetRef } from '../schemas/prompt-sets.ts';
import { importPrompts } from '../services/imports/import-prompts.ts';
import { logFailure } from '../telemetry/log-failure.ts';
import type { RestApp } from './app.ts';
import { readCsvRows } from './csv-rows.ts';
import { errors, organisationQuery, setParams } from './schemas.ts';

const description =
  'The body is a CSV file, sent as it is (`Content-Type: text/csv`), with the columns `name` and `prompt`. The answer ' +
  'comes while the file is read, one JSON object a line: notes about rows, progress, and at the end the report (or ' +
  'the error that ended it). An equal row changes nothing, so that an import that was cut off can be done again.';

/** In a scope of their own, where nothing but CSV is taken. */
export async function importRoutes(app: RestApp): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));

  app.post(
    '/prompt_sets/:set_id/import',
    {
      config: { streamsBody: true, mediaType: 'text/csv' },
      schema: {
        tags: ['Import'],
        operationId: 'importPrompts',
        summary: 'Import prompts from a CSV file',
        description,
        consumes: ['text/csv'],
        params: setParams,
        querystring: organisationQuery,
        response: { 200: ndjson(), ...errors(404, 415) },
      },
    },
    async (request, reply) => {
      await streamImport(request, reply, { ...request.query, ...request.params });
      return reply;
    },
  );

  app.post(
    '/projects/:project/prompt_sets/:set/import',
    {
      config: { streamsBody: true, mediaType: 'text/csv' },
      schema: {
        tags: ['Import'],
        operationId: 'importPromptsBySlug',
        summary: 'Import prompts, making the set when it does not exist',
        description: `The project has to exist. ${description}`,
        consumes: ['text/csv'],
        params: z.object({
          project: text(64).describe('Id or slug.'),
          set: text(64).describe('Slug.'),
        }),
        querystring: organisationQuery,
        response: { 200: ndjson(), ...errors(404, 415) },
      },
    },
    async (request, reply) => {
      await streamImport(request, reply, { ...request.query, ...request.params });
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

/** Whatever goes wrong before the first line is an ordinary error answer; later it is the last line. */
async function streamImport(request: FastifyRequest, reply: FastifyReply, set: PromptSetRef): Promise<void> {
  const context = await request.serviceContext();
  let lines: PassThrough | undefined;
  const tell = (line: ImportNote | ImportProgress | ImportReport | object) => {
    if (!lines) {
      lines = new PassThrough();
      reply.type('application/x-ndjson; charset=utf-8').serializer((payload: string) => payload);
      void reply.send(lines);
    }
    lines.write(`${JSON.stringify(line)}\n`);
  };
  try {
    tell(await importPrompts(context, set, readCsvRows(request.raw), tell));
  } catch (error) {
    if (!lines) throw error;
    const expected = toAppError(error);
    if (!request.raw.destroyed) logFailure(request.log, expected, 'import failed');
    tell({ type: 'error', ...errorBody(expected, request.id) });
  }
  lines?.end();
}
