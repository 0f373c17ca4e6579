import { createProjectInput, listProjectsInput, projectRef } from '../../schemas/projects.ts';
import { createProject, getProject, listProjects } from '../../services/projects.ts';
import { procedure, router } from '../trpc.ts';

export const projects = router({
  list: procedure.input(listProjectsInput).query(({ ctx, input }) => listProjects(ctx, input)),
  get: procedure.input(projectRef).query(({ ctx, input }) => getProject(ctx, input)),
  create: procedure.input(createProjectInput).mutation(({ ctx, input }) => createProject(ctx, input)),
});
