import { z } from 'zod';
import { pageOf, text } from '../schemas/common.ts';
import { createProjectInput, projectView } from '../schemas/projects.ts';
import { createProject, getProject, listProjects } from '../services/projects.ts';
import type { RestApp } from './app.ts';
import { organisationQuery, pageQuery } from './schemas.ts';

const tags = ['Projects'];

export function projectRoutes(app: RestApp): void {
  app.get(
    '/projects',
    {
      config: { docs: { permissions: ['projects.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listProjects',
        summary: 'List projects',
        description: 'By slug. A key that is limited to some projects sees those.',
        querystring: pageQuery,
        response: { 200: pageOf(projectView) },
      },
    },
    async (request) => listProjects(await request.serviceContext(), request.query),
  );

  app.post(
    '/projects',
    {
      config: {
        docs: {
          permissions: ['projects.write'],
          reasons: { 409: ['slug_taken'] },
          headers: { Location: true },
        },
      },
      schema: {
        tags,
        operationId: 'createProject',
        summary: 'Create a project',
        description: 'Needs the scope `manage:organisation`. Without `slug` one is made from the name.',
        querystring: organisationQuery,
        body: z.strictObject(createProjectInput.omit({ organisation: true }).shape),
        response: { 201: z.object({ project: projectView }) },
      },
    },
    async (request, reply) => {
      const project = await createProject(await request.serviceContext(), {
        ...request.query,
        ...request.body,
      });
      reply.code(201).header('location', `/api/v1/projects/${project.id}`);
      return { project };
    },
  );

  app.get(
    '/projects/:project',
    {
      config: { docs: { permissions: ['projects.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'getProject',
        summary: 'Get a project',
        description: 'By its id or its slug.',
        params: z.object({ project: text(64, 1).describe('Id or slug.') }),
        querystring: organisationQuery,
        response: { 200: z.object({ project: projectView }) },
      },
    },
    async (request) => ({
      project: await getProject(await request.serviceContext(), { ...request.query, ...request.params }),
    }),
  );
}
