import { z } from 'zod';
import { pageOf } from '../schemas/common.ts';
import {
  createPromptInput,
  promptSearch,
  promptSummary,
  promptView,
  revisionNumber,
  revisionView,
  updatePromptInput,
  type PromptView,
} from '../schemas/prompts.ts';
import { archivePrompt, restorePrompt } from '../services/prompt-archive.ts';
import { createPrompt, getPrompt, listPrompts, updatePrompt } from '../services/prompts.ts';
import { getRevision, listRevisions } from '../services/revisions.ts';
import { PROMPT_BODY_MAX_BYTES } from '../http/body-limits.ts';
import type { RestApp } from './app.ts';
import {
  asPrecondition,
  IF_MATCH_NOTE,
  requirePromptTag,
  PROMPT_IF_MATCH,
  promptTag,
} from './preconditions.ts';
import { organisationQuery, pageQuery, promptParams, setParams } from './schemas.ts';

const tags = ['Prompts'];
const revisionAnswer = revisionView.extend({ content: promptView.shape.content });
const promptAnswer = z.object({ prompt: promptView });
const bodyLimit = PROMPT_BODY_MAX_BYTES;

const archivedFilter = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')
  .describe('`true` lists the archived ones instead.');

export function promptRoutes(app: RestApp): void {
  app.get(
    '/prompt_sets/:set_id/prompts',
    {
      config: { docs: { permissions: ['drafts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listPrompts',
        summary: 'List the prompts of a draft',
        description:
          'By slug, without their contents. Numbers sort by value: `rule-2` comes before `rule-10`.',
        params: setParams,
        querystring: pageQuery.extend({ archived: archivedFilter, search: promptSearch }),
        response: { 200: pageOf(promptSummary) },
      },
    },
    async (request) => listPrompts(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.post(
    '/prompt_sets/:set_id/prompts',
    {
      bodyLimit,
      config: {
        docs: {
          permissions: ['prompts.write'],
          reasons: { 409: ['slug_taken', 'slug_reserved'], 422: ['content.invalid'] },
          tag: 'state',
          headers: { Location: true },
        },
      },
      schema: {
        tags,
        operationId: 'createPrompt',
        summary: 'Create a prompt',
        description: 'In the draft of the set; programs get it when the set is published.',
        params: setParams,
        querystring: organisationQuery,
        body: z.strictObject(createPromptInput.pick({ name: true, slug: true, content: true }).shape),
        response: { 201: promptAnswer },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...request.params, ...request.body };
      const prompt = await createPrompt(await request.serviceContext(), input);
      reply.code(201).header('location', `/api/v1/prompts/${prompt.id}`).header('etag', promptTag(prompt));
      return { prompt };
    },
  );

  app.get(
    '/prompts/:prompt_id',
    {
      config: { docs: { permissions: ['drafts.read'], tag: 'state' } },
      schema: {
        tags,
        operationId: 'getPrompt',
        summary: 'Get a prompt of a draft',
        description: 'With its content and the problems found in it. The `ETag` is its revision.',
        params: promptParams,
        querystring: organisationQuery,
        response: { 200: promptAnswer },
      },
    },
    async (request, reply) => {
      const prompt = await getPrompt(await request.serviceContext(), { ...request.query, ...request.params });
      return reply.header('etag', promptTag(prompt)).send({ prompt });
    },
  );

  app.patch(
    '/prompts/:prompt_id',
    {
      bodyLimit,
      config: {
        docs: {
          permissions: ['prompts.write'],
          reasons: { 412: ['revision_conflict'], 422: ['archived', 'content.invalid'] },
          tag: 'state',
        },
        ifMatch: PROMPT_IF_MATCH,
      },
      schema: {
        tags,
        operationId: 'updatePrompt',
        summary: 'Change a prompt',
        description:
          `${IF_MATCH_NOTE} What is left out stays. A new name or content makes a revision. The same again makes none. ` +
          'When somebody else saved first the answer is 412 with the current prompt in `error.data.current`.',
        params: promptParams,
        querystring: organisationQuery,
        body: z.strictObject(updatePromptInput.pick({ name: true, content: true }).shape),
        response: { 200: promptAnswer },
      },
    },
    async (request, reply) => {
      const tag = requirePromptTag(request.headers['if-match']);
      // An archived prompt can't be changed, so a tag that says archived matches no revision.
      const revision = tag.archived ? 0 : tag.revision;
      const context = await request.serviceContext();
      const input = { ...request.query, ...request.params, ...request.body, revision };
      const prompt = await asPrecondition(updatePrompt(context, input), 'revision_conflict');
      return reply.header('etag', promptTag(prompt)).send({ prompt });
    },
  );

  for (const [verb, work, description] of [
    ['archive', archivePrompt, 'Removes the prompt from the draft. Versions that hold it keep it.'],
    ['restore', restorePrompt, 'Returns an archived prompt to the draft, under its own slug.'],
  ] as const) {
    app.post(
      `/prompts/:prompt_id/${verb}`,
      {
        config: {
          docs: {
            permissions: ['prompts.write'],
            reasons: { 412: ['revision_conflict'] },
            tag: 'state',
          },
          ifMatch: PROMPT_IF_MATCH,
        },
        schema: {
          tags,
          operationId: `${verb}Prompt`,
          summary: `${verb === 'archive' ? 'Archive' : 'Restore'} a prompt`,
          description: `${description} ${IF_MATCH_NOTE}`,
          params: promptParams,
          querystring: organisationQuery,
          response: { 200: promptAnswer },
        },
      },
      async (request, reply) => {
        const tag = requirePromptTag(request.headers['if-match']);
        const context = await request.serviceContext();
        // A tag that names the other state matches no revision: another request has archived or restored the prompt.
        const revision = tag.archived === (verb === 'restore') ? tag.revision : 0;
        const input = { ...request.query, ...request.params, revision };
        const prompt: PromptView = await asPrecondition(work(context, input), 'revision_conflict');
        reply.header('etag', promptTag(prompt));
        return { prompt };
      },
    );
  }

  app.get(
    '/prompts/:prompt_id/revisions',
    {
      config: { docs: { permissions: ['drafts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listRevisions',
        summary: 'List the revisions of a prompt',
        description: 'Every save, the newest first.',
        params: promptParams,
        querystring: pageQuery,
        response: { 200: pageOf(revisionView) },
      },
    },
    async (request) => listRevisions(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.get(
    '/prompts/:prompt_id/revisions/:number',
    {
      config: { docs: { permissions: ['drafts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'getRevision',
        summary: 'Get a revision of a prompt',
        params: promptParams.extend({
          number: revisionNumber(z.coerce.number()).describe('Of the revision.'),
        }),
        querystring: organisationQuery,
        response: { 200: z.object({ revision: revisionAnswer }) },
      },
    },
    async (request) => ({
      revision: await getRevision(await request.serviceContext(), { ...request.query, ...request.params }),
    }),
  );
}
