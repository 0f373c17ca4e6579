import { organisationInput } from '../../schemas/common.ts';
import { publishFirstPromptInput } from '../../schemas/first-prompt.ts';
import { publishFirstPrompt } from '../../services/first-prompt.ts';
import { getHome } from '../../services/home.ts';
import { procedure, promptProcedure, router } from '../trpc.ts';

export const organisations = router({
  home: procedure.input(organisationInput).query(({ ctx, input }) => getHome(ctx, input)),
  publishFirstPrompt: promptProcedure
    .input(publishFirstPromptInput)
    .mutation(({ ctx, input }) => publishFirstPrompt(ctx, input)),
});
