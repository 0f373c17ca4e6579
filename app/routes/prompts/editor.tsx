import {
  data,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import type { ConflictData } from '#server/schemas/prompts.ts';
import { PromptToRead } from '../../components/prompt-to-read.tsx';
import { Conflict } from '../../components/editor/conflict.tsx';
import { PromptEditor } from '../../components/editor/prompt-editor.tsx';
import { Tag } from '../../components/ui/tag.tsx';
import { readContentForm, toContent, toContentForm } from '../../lib/content-form.ts';
import { addParameters, applyEdit } from '../../lib/content-form/edits.ts';
import { forPage, formErrors, type FormErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import type { FrameHandle } from '../../lib/frame-handle.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { contentErrors, previewContent, previewForm, problemsOf } from '../../lib/preview.server.ts';
import { publishedSample } from '../../lib/published-sample.server.ts';
import { suggestionsFor } from '../../lib/suggestions.server.ts';
import { safePath } from '../../lib/safe-path.ts';
import { rangeOf, setPlace } from '../../lib/set-place.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const handle: FrameHandle = { layout: 'full', badge: () => <Tag>draft</Tag> };

export const meta: MetaFunction<typeof loader> = ({ data: page }) =>
  pageTitle(page?.prompt.address ?? 'Prompt');

export async function loader({ params, context }: LoaderFunctionArgs) {
  const place = setPlace(params);
  const { ref, address, base } = place;
  const { prompt: slug = '' } = params;
  const { prompts, versions } = context.trpc;
  const prompt = await forPage(prompts.get({ ...ref, prompt: slug }), context, {
    address: `${address}/${slug}`,
    suggest: () => suggestionsFor(context, params),
  });
  const next = await forPage(versions.next(ref), context);
  const sample =
    next.base === null ? null : await publishedSample(context, place, { number: next.base, prompt: slug });
  const isFresh = /^parameter\.new/;
  return {
    base,
    path: `${base}/${slug}`,
    prompt,
    preview: await previewContent(context, ref, toContentForm(prompt.content)),
    use:
      sample && next.base !== null
        ? {
            baseUrl: context.baseUrl,
            address: `${sample.prompt}@${rangeOf(next.base)}`,
            values: sample.values,
            version: next.base,
          }
        : null,
    nextNumber: next.obstacle ? null : next.number,
    fresh: next.changes
      .filter((change) => change.prompt === slug && isFresh.test(change.rule))
      .map(({ place }) => place),
  };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref, base } = setPlace(params);
  const { organisation } = ref;
  const { prompt: slug = '' } = params;
  const { prompts } = context.trpc;
  const fields = await readForm(request, context);
  const { intent, name, values, ...typed } = textFields(
    fields,
    ...(['intent', 'name', 'values', 'revision', 'unanswered'] as const),
  );
  const revision = Number(typed.revision);
  const form = readContentForm(fields);
  const answer = { form, name, values, intent };

  const edited = applyEdit(form, intent);
  if (edited) return data({ ...answer, form: edited, errors: {}, problems: [] });
  if (intent === 'preview' || intent.startsWith('found:')) {
    const preview = await previewForm(context, ref, fields);
    const wanted = preview.found.filter((one) => intent === 'found:' || intent === `found:${one.name}`);
    return data({
      ...answer,
      form: addParameters(form, wanted),
      preview,
      errors: preview.errors,
      problems: preview.problems,
    });
  }

  const { content, errors } = toContent(form);
  if (Object.keys(errors).length > 0 && intent !== 'archive' && intent !== 'restore')
    return data({ ...answer, errors, problems: [] }, 422);
  try {
    const { id } = await prompts.get({ ...ref, prompt: slug });
    const of = { organisation, prompt_id: id, revision };
    if (intent === 'archive') {
      await prompts.archive(of);
      return redirectWithNotice(`${base}?archived_prompt=${slug}`, { sentence: `Prompt ${slug} archived.` });
    }
    if (intent === 'copy') {
      const copy = await prompts.create({ ...ref, name: `${name} copy`, content });
      return redirectWithNotice(`${base}/${copy.slug}`, { sentence: `Copy ${copy.slug} created.` });
    }
    if (intent === 'restore' || intent === 'restore-and-save') await prompts.restore(of);
    if (intent === 'restore')
      return redirectWithNotice(`${base}/${slug}`, { sentence: `Prompt ${slug} restored.` });
    const change = { ...of, name: name.trim() === '' ? undefined : name, content };
    await prompts.update(change).catch((thrown: unknown) => {
      const current = conflictOf(formErrors(thrown, context));
      // An earlier save of this form was stored, but its answer was lost: nobody else saved in between.
      if (!current || !typed.unanswered.split(' ').includes(current.sha256)) throw thrown;
      return prompts.update({ ...change, revision: current.revision });
    });
    const [, then] = /^save-then:(.*)$/.exec(intent) ?? [];
    return redirect(safePath(then, `${base}/${slug}`), 303);
  } catch (thrown) {
    const refused = formErrors(thrown, context);
    const conflict = conflictOf(refused);
    const atFields = contentErrors(form, refused);
    const problems = problemsOf(refused);
    const archived = refused.reason === 'archived';
    const unsaid = problems.length === 0 ? (refused.form ?? refused.fields.prompt_id?.[0]) : undefined;
    const signedOut = refused.status === 401;
    return data(
      { ...answer, errors: atFields, problems, sentence: unsaid, archived, signedOut, conflict },
      refused.status,
    );
  }
}

/** The prompt as somebody else saved it, when that is why a save was refused. */
function conflictOf({ reason, data: current }: FormErrors): ConflictData['current'] | undefined {
  return reason === 'revision_conflict' ? (current as ConflictData).current : undefined;
}

export default function Editor() {
  const { prompt, path, base, preview, nextNumber, fresh, use } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  const permissions = useOrganisation()?.organisation.permissions ?? [];
  if (answer && 'conflict' in answer && answer.conflict) {
    return <Conflict mine={answer.form} name={answer.name} current={answer.conflict} path={path} />;
  }
  // Somebody archived it while the viewer was writing: what was typed stays before them.
  const isTyped = answer !== undefined && answer.intent !== 'restore';
  if ((prompt.archived && !isTyped) || !permissions.includes('prompts.write')) {
    return (
      <PromptToRead prompt={prompt} path={path} use={use} canWrite={permissions.includes('prompts.write')} />
    );
  }
  return (
    <PromptEditor
      key={prompt.id}
      prompt={prompt}
      path={path}
      base={base}
      preview={preview}
      answer={answer}
      nextNumber={nextNumber}
      canPublish={permissions.includes('versions.publish')}
      fresh={fresh}
      use={use}
    />
  );
}
