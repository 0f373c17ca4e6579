import { promptSetRef } from '../../schemas/prompt-sets.ts';
import {
  compareVersionsInput,
  listChangedPromptsInput,
  listVersionPromptsInput,
  listVersionsInput,
  publishVersionInput,
  versionPromptRef,
  versionRef,
} from '../../schemas/versions.ts';
import { listChangedPrompts } from '../../services/versions/changed-prompts.ts';
import { compareVersions } from '../../services/versions/compare.ts';
import {
  getVersionPrompt,
  listVersionContents,
  listVersionPrompts,
} from '../../services/versions/prompts.ts';
import { getNextVersion } from '../../services/versions/proposal.ts';
import { publishVersion } from '../../services/versions/publish.ts';
import { getVersion, listVersions } from '../../services/versions/read.ts';
import { sampleVersionPrompt } from '../../services/versions/sample.ts';
import { procedure, router } from '../trpc.ts';

export const versions = router({
  next: procedure.input(promptSetRef).query(({ ctx, input }) => getNextVersion(ctx, input)),
  list: procedure.input(listVersionsInput).query(({ ctx, input }) => listVersions(ctx, input)),
  get: procedure.input(versionRef).query(({ ctx, input }) => getVersion(ctx, input)),
  listPrompts: procedure
    .input(listVersionPromptsInput)
    .query(({ ctx, input }) => listVersionPrompts(ctx, input)),
  listContents: procedure
    .input(listVersionPromptsInput)
    .query(({ ctx, input }) => listVersionContents(ctx, input)),
  getPrompt: procedure.input(versionPromptRef).query(({ ctx, input }) => getVersionPrompt(ctx, input)),
  samplePrompt: procedure.input(versionPromptRef).query(({ ctx, input }) => sampleVersionPrompt(ctx, input)),
  compare: procedure.input(compareVersionsInput).query(({ ctx, input }) => compareVersions(ctx, input)),
  listChangedPrompts: procedure
    .input(listChangedPromptsInput)
    .query(({ ctx, input }) => listChangedPrompts(ctx, input)),
  publish: procedure.input(publishVersionInput).mutation(({ ctx, input }) => publishVersion(ctx, input)),
});
