import {
  archivePromptInput,
  createPromptInput,
  listPromptsInput,
  listRevisionsInput,
  previewPromptInput,
  promptRef,
  revisionRef,
  updatePromptInput,
} from '../../schemas/prompts.ts';
import { previewPrompt } from '../../services/previews.ts';
import { archivePrompt, restorePrompt } from '../../services/prompt-archive.ts';
import { createPrompt, getPrompt, listPrompts, updatePrompt } from '../../services/prompts.ts';
import { getRevision, listRevisions } from '../../services/revisions.ts';
import { procedure, promptProcedure, router } from '../trpc.ts';

export const prompts = router({
  list: procedure.input(listPromptsInput).query(({ ctx, input }) => listPrompts(ctx, input)),
  get: procedure.input(promptRef).query(({ ctx, input }) => getPrompt(ctx, input)),
  create: promptProcedure.input(createPromptInput).mutation(({ ctx, input }) => createPrompt(ctx, input)),
  update: promptProcedure.input(updatePromptInput).mutation(({ ctx, input }) => updatePrompt(ctx, input)),
  archive: procedure.input(archivePromptInput).mutation(({ ctx, input }) => archivePrompt(ctx, input)),
  restore: procedure.input(archivePromptInput).mutation(({ ctx, input }) => restorePrompt(ctx, input)),
  listRevisions: procedure.input(listRevisionsInput).query(({ ctx, input }) => listRevisions(ctx, input)),
  getRevision: procedure.input(revisionRef).query(({ ctx, input }) => getRevision(ctx, input)),
  preview: promptProcedure.input(previewPromptInput).mutation(({ ctx, input }) => previewPrompt(ctx, input)),
});
