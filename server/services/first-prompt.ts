import { toTemplate } from '@anvil/core/placeholders';
import type { JsonObject, JsonValue, TextContent } from '@anvil/core/prompt';
import { sampleCall } from '@anvil/core/template/sample-call';
import type { z } from 'zod';
import { Project } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import { renderAnswer } from '../render/answer.ts';
import type { FirstPromptView, publishFirstPromptInput } from '../schemas/first-prompt.ts';
import { createApiKey } from './api-keys.ts';
import { findProblems } from './contents.ts';
import type { Context } from './context.ts';
import { createProject } from './projects.ts';
import { createPrompt } from './prompts.ts';
import { createPromptSet } from './prompt-sets.ts';
import { propose } from './versions/proposal.ts';
import { publishVersion } from './versions/publish.ts';

const PROJECT = { slug: 'playground', name: 'Playground' };
const SET = { slug: 'first', name: 'First' };
const PROMPT = { slug: 'hello', name: 'Hello' };

/**
 * The first five minutes: a pasted prompt becomes `playground/first/hello`, is published as 1.0.0, and a key that
 * may read it is made: all in one transaction.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `content.invalid`, `draft.invalid` at `template` · CONFLICT `not_first` when
 *   the organisation has a playground already
 */
export async function publishFirstPrompt(
  context: Context,
  input: z.output<typeof publishFirstPromptInput>,
): Promise<FirstPromptView> {
  const access = authorize(context.actor, 'projects.write', input.organisation);
  const content: TextContent = {
    kind: 'text',
    ...toTemplate(input.template, input.placeholders),
    config: '{}',
  };
  refuseUnpublishable(content);
  const { organisation } = input;
  const at = { organisation, project: PROJECT.slug, set: SET.slug };

  const { version, key } = await inOrganisation(context.database, access.organisationId, async () => {
    if (await Project.query().findOne('slug', PROJECT.slug)) throw notFirst();
    await createProject(context, { organisation, ...PROJECT, description: '' });
    await createPromptSet(context, { organisation, project: PROJECT.slug, ...SET, description: '' });
    await createPrompt(context, { ...at, ...PROMPT, content });
    const { checksum } = await propose(context, access, at);
    return {
      version: await publishVersion(context, {
        ...at,
        number: '1.0.0',
        changelog: 'First version.',
        checksum,
      }),
      key: context.settings.apiKeysEnabled
        ? await createApiKey(context, { organisation, name: 'First key', scopes: ['read:prompts'] })
        : undefined,
    };
  });

  const values = valuesFor(content, input.values);
  const rendered = await context.renderer.render({
    ...{ organisationId: access.organisationId, content, values },
    partials: {},
  });
  return {
    address: `${PROJECT.slug}/${SET.slug}/${PROMPT.slug}`,
    version: version.number,
    token: key?.token ?? null,
    values,
    answer: rendered.ok
      ? renderAnswer(
          { output: rendered.output, version: version.number, warnings: rendered.warnings },
          content.config,
        )
      : null,
    problem: rendered.ok ? null : rendered.message,
  };
}

/** Samples for all parameters, but the given texts where a parameter of that name takes a text. */
function valuesFor(content: TextContent, given: Readonly<Record<string, string>>): JsonObject {
  const texts = content.parameters.filter(
    ({ name, type }) => type === 'string' && Object.hasOwn(given, name),
  );
  const chosen = texts.map(({ name }): [string, JsonValue] => [name, given[name] ?? '']);
  return { ...sampleCall(content), ...Object.fromEntries(chosen) };
}

/** Unlike the editor, the first page has no list of problems: the worst one stands at the field, with its line. */
function refuseUnpublishable(content: TextContent): void {
  const [problem] = findProblems(content).filter(({ severity }) => severity !== 'warning');
  if (!problem) return;
  const { line } = problem.place;
  const message = line === undefined ? problem.message : `Line ${line}: ${problem.message}`;
  throw new AppError('UNPROCESSABLE_CONTENT', message, {
    reason: problem.severity === 'syntax' ? 'content.invalid' : 'draft.invalid',
    details: [{ field: 'template', message }],
  });
}

function notFirst(): AppError {
  return new AppError(
    'CONFLICT',
    'This organisation has a playground already. Open it, or start a project.',
    {
      reason: 'not_first',
    },
  );
}
