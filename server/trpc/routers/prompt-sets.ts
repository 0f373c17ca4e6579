import { createPromptSetInput, listPromptSetsInput, promptSetRef } from '../../schemas/prompt-sets.ts';
import { createPromptSet, getPromptSet, listPromptSets } from '../../services/prompt-sets.ts';
import { procedure, router } from '../trpc.ts';

export const promptSets = router({
  list: procedure.input(listPromptSetsInput).query(({ ctx, input }) => listPromptSets(ctx, input)),
  get: procedure.input(promptSetRef).query(({ ctx, input }) => getPromptSet(ctx, input)),
  create: procedure.input(createPromptSetInput).mutation(({ ctx, input }) => createPromptSet(ctx, input)),
});
