import { z } from 'zod';
import { pageOf, text } from '../schemas/common.ts';
import {
  changedPromptView,
  compareVersionsInput,
  comparisonView,
  listChangedPromptsInput,
  nextVersionView,
  publishVersionInput,
  versionDetailView,
  versionPromptSummary,
  versionPromptView,
  versionView,
} from '../schemas/versions.ts';
import { listChangedPrompts } from '../services/versions/changed-prompts.ts';
import { compareVersions } from '../services/versions/compare.ts';
import { getVersionPrompt, listVersionPrompts } from '../services/versions/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';
import { getVersion, listVersions } from '../services/versions/read.ts';
import type { RestApp } from './app.ts';
import { organisationQuery, pageQuery, setParams } from './schemas.ts';

const tags = ['Versions'];
const versionParams = setParams.extend({ number: text(100, 1).describe('Number of the version: `1.4.2`.') });

export function versionRoutes(app: RestApp): void {
  app.get(
    '/prompt_sets/:set_id/versions',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listVersions',
        summary: 'List versions',
        description: 'The newest first.',
        params: setParams,
        querystring: pageQuery,
        response: { 200: pageOf(versionView) },
      },
    },
    async (request) => listVersions(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.get(
    '/prompt_sets/:set_id/next_version',
    {
      config: { docs: { permissions: ['versions.propose'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'getNextVersion',
        summary: 'See what would be published',
        description:
          'The number that the changes since the newest release ask for, with every reason, and the checksum to publish with.',
        params: setParams,
        querystring: organisationQuery,
        response: { 200: z.object({ next_version: nextVersionView }) },
      },
    },
    async (request) => ({
      next_version: await getNextVersion(await request.serviceContext(), {
        ...request.query,
        ...request.params,
      }),
    }),
  );

  app.get(
    '/prompt_sets/:set_id/compare',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'compareVersions',
        summary: 'Compare two versions',
        description:
          'What changes in the contract for callers who go from the version `from` to the version `to`.',
        params: setParams,
        querystring: organisationQuery.extend(compareVersionsInput.pick({ from: true, to: true }).shape),
        response: { 200: z.object({ comparison: comparisonView }) },
      },
    },
    async (request) => ({
      comparison: await compareVersions(await request.serviceContext(), {
        ...request.query,
        ...request.params,
      }),
    }),
  );

  app.get(
    '/prompt_sets/:set_id/changed_prompts',
    {
      config: { docs: { permissions: ['prompts.read', 'drafts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listChangedPrompts',
        summary: 'List the prompts that differ',
        description:
          'The prompts that differ between the version `from` and the version `to`, by slug, with both contents. ' +
          'Without `to`, `from` is compared with the draft; that needs `read:drafts`. With it, `read:prompts`.',
        params: setParams,
        querystring: organisationQuery.extend(
          listChangedPromptsInput.pick({ from: true, to: true, cursor: true, limit: true }).shape,
        ),
        response: { 200: pageOf(changedPromptView) },
      },
    },
    async (request) =>
      listChangedPrompts(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.post(
    '/prompt_sets/:set_id/versions',
    {
      config: {
        docs: {
          permissions: ['versions.publish'],
          reasons: {
            409: ['nothing_changed', 'draft_changed', 'busy'],
            422: ['draft.invalid', 'version.refused'],
          },
          headers: { Location: true },
        },
      },
      schema: {
        tags,
        operationId: 'publishVersion',
        summary: 'Publish a version',
        description:
          'Snapshots the draft. `checksum` is that of `next_version`: has somebody saved in between, nothing is ' +
          'published and the answer is 409 with the new proposal in `error.data`.',
        params: setParams,
        querystring: organisationQuery,
        body: z.strictObject(
          publishVersionInput.pick({ number: true, changelog: true, checksum: true }).shape,
        ),
        response: { 201: z.object({ version: versionView }) },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...request.params, ...request.body };
      const version = await publishVersion(await request.serviceContext(), input);
      const location = `/api/v1/prompt_sets/${request.params.set_id}/versions/${version.number}`;
      reply.code(201).header('location', location);
      return { version };
    },
  );

  app.get(
    '/prompt_sets/:set_id/versions/:number',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'getVersion',
        summary: 'Get a version',
        description: 'With the reasons of its number.',
        params: versionParams,
        querystring: organisationQuery,
        response: { 200: z.object({ version: versionDetailView }) },
      },
    },
    async (request) => ({
      version: await getVersion(await request.serviceContext(), { ...request.query, ...request.params }),
    }),
  );

  app.get(
    '/prompt_sets/:set_id/versions/:number/prompts',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listVersionPrompts',
        summary: 'List the prompts of a version',
        description: 'By slug, without their contents.',
        params: versionParams,
        querystring: pageQuery,
        response: { 200: pageOf(versionPromptSummary) },
      },
    },
    async (request) =>
      listVersionPrompts(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.get(
    '/prompt_sets/:set_id/versions/:number/prompts/:prompt',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'getVersionPrompt',
        summary: 'Get a prompt of a version',
        description: 'With its content, as it was published. The prompt is named by its slug.',
        params: versionParams.extend({ prompt: text(64, 1).describe('Slug of the prompt.') }),
        querystring: organisationQuery,
        response: { 200: z.object({ prompt: versionPromptView }) },
      },
    },
    async (request) => ({
      prompt: await getVersionPrompt(await request.serviceContext(), { ...request.query, ...request.params }),
    }),
  );
}
