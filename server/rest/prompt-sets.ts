import { z } from 'zod';
import { pageOf, text } from '../schemas/common.ts';
import { createPromptSetInput, promptSetDetailView, promptSetView } from '../schemas/prompt-sets.ts';
import { createPromptSet, getPromptSet, listPromptSets } from '../services/prompt-sets.ts';
import type { RestApp } from './app.ts';
import { organisationQuery, pageQuery, setParams } from './schemas.ts';

const tags = ['Prompt sets'];
const projectParams = z.object({ project: text(64, 1).describe('Id or slug.') });

export function promptSetRoutes(app: RestApp): void {
  app.get(
    '/prompt_sets',
    {
      config: { docs: { permissions: ['projects.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listPromptSets',
        summary: 'List prompt sets of all projects',
        description: 'By address.',
        querystring: pageQuery,
        response: { 200: pageOf(promptSetView) },
      },
    },
    async (request) => listPromptSets(await request.serviceContext(), request.query),
  );

  app.get(
    '/projects/:project/prompt_sets',
    {
      config: { docs: { permissions: ['projects.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listPromptSetsOfProject',
        summary: 'List prompt sets of a project',
        description: 'By slug. The project is named by its id or its slug.',
        params: projectParams,
        querystring: pageQuery,
        response: { 200: pageOf(promptSetView) },
      },
    },
    async (request) =>
      listPromptSets(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.post(
    '/projects/:project/prompt_sets',
    {
      config: {
        docs: {
          permissions: ['prompts.write'],
          reasons: { 409: ['slug_taken', 'slug_reserved'] },
          headers: { Location: true },
        },
      },
      schema: {
        tags,
        operationId: 'createPromptSet',
        summary: 'Create a prompt set',
        description: 'Needs the scope `write:prompts`. Without `slug` one is made from the name.',
        params: projectParams,
        querystring: organisationQuery,
        body: z.strictObject(createPromptSetInput.omit({ organisation: true, project: true }).shape),
        response: { 201: z.object({ prompt_set: promptSetView }) },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...request.params, ...request.body };
      const promptSet = await createPromptSet(await request.serviceContext(), input);
      reply.code(201).header('location', `/api/v1/prompt_sets/${promptSet.id}`);
      return { prompt_set: promptSet };
    },
  );

  app.get(
    '/prompt_sets/:set_id',
    {
      config: { docs: { permissions: ['projects.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'getPromptSet',
        summary: 'Get a prompt set',
        description: 'With how many prompts, versions and labels it has.',
        params: setParams,
        querystring: organisationQuery,
        response: { 200: z.object({ prompt_set: promptSetDetailView }) },
      },
    },
    async (request) => ({
      prompt_set: await getPromptSet(await request.serviceContext(), { ...request.query, ...request.params }),
    }),
  );
}
