import { toTemplate } from '@anvil/core/placeholders';
import type { PromptContent } from '@anvil/core/prompt';
import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useState } from 'react';
import { FormError } from '../../components/form-error.tsx';
import { FoundParameters } from '../../components/found-parameters.tsx';
import { NameAndSlug } from '../../components/name-and-slug.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { PlaceholderChoice, toPlaceholderStyle } from '../../components/placeholder-choice.tsx';
import { CodeEditor } from '../../components/code-editor.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { RadioCards } from '../../components/ui/radio-cards.tsx';
import { forPage, formErrors, type FormErrors } from '../../lib/errors.ts';
import { orUndefined, readForm, textFields } from '../../lib/form-fields.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { problemsOf } from '../../lib/preview.server.ts';
import { placeWords } from '../../lib/problems.ts';
import { setPlace } from '../../lib/set-place.ts';
import { useSending } from '../../lib/use-sending.ts';

export const meta: MetaFunction<typeof loader> = ({ data: page }) =>
  pageTitle('New prompt', page?.address ?? '');

export async function loader({ params, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  await forPage(context.trpc.promptSets.get(ref), context, { address });
  return { address, base };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref, base } = setPlace(params);
  const values = textFields(
    await readForm(request, context),
    ...(['name', 'slug', 'kind', 'text', 'placeholders'] as const),
  );
  const style = toPlaceholderStyle(values.placeholders);
  const { template, parameters } = toTemplate(values.text.replaceAll('\r\n', '\n'), style);
  const shared = { parameters, config: '{}' };
  const content: PromptContent =
    values.kind === 'chat'
      ? { kind: 'chat', messages: [{ role: 'system', content: template }], ...shared }
      : { kind: 'text', template, ...shared };
  try {
    const prompt = await context.trpc.prompts.create({
      ...ref,
      name: values.name,
      slug: orUndefined(values.slug),
      content,
    });
    return redirectWithNotice(`${base}/${prompt.slug}`, { sentence: `Prompt ${prompt.slug} created.` });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    const sentences = problemsOf(errors).map(({ place, message }) =>
      `${placeWords({ ...place, part: 'template' })} ${message}`.trim(),
    );
    const atText = Object.entries(errors.fields).filter(([field]) => field.startsWith('content'));
    const fields: FormErrors['fields'] = {
      ...errors.fields,
      text: sentences.length > 0 ? sentences : atText.flatMap(([, said]) => said),
    };
    return data({ errors: { ...errors, fields }, values, problems: problemsOf(errors) }, errors.status);
  }
}

export default function NewPrompt() {
  const { address, base } = useLoaderData<typeof loader>();
  const { errors, values, problems = [] } = useActionData<typeof action>() ?? {};
  const busy = useSending();
  const givenStyle = toPlaceholderStyle(values?.placeholders ?? '');
  const [text, setText] = useState(values?.text ?? '');
  const [style, setStyle] = useState(givenStyle);
  const known = [
    'name',
    'slug',
    'text',
    ...Object.keys(errors?.fields ?? {}).filter((field) => field.startsWith('content')),
  ];
  return (
    <>
      <PageHead
        title="New prompt"
        note={
          <>
            It becomes part of the draft of <code>{address}</code>. Nothing is published yet.
          </>
        }
      />
      <Form method="post" noValidate className="grid max-w-180 gap-5">
        <FormError errors={errors} knownFields={known} />
        <NameAndSlug placeholder="Refund" prefix={`${address}/`} values={values} errors={errors?.fields} />
        <RadioCards
          name="kind"
          legend="Kind"
          defaultValue={values?.kind === 'chat' ? 'chat' : 'text'}
          options={[
            { value: 'text', title: 'Text', hint: 'One template that becomes one text.' },
            {
              value: 'chat',
              title: 'Chat',
              hint: 'Messages, each with a role. Callers can add their own. The text below is the system message.',
            },
          ]}
        />
        <Card
          flush
          focusRing
          title="Text"
          aside="Liquid"
          foot={<FoundParameters template={text} style={style} />}
        >
          <CodeEditor
            name="text"
            label="Text"
            minLines={5}
            defaultValue={values?.text}
            placeholder="Answer the question: {{ question }}"
            problems={problems.flatMap(({ place, message, severity }) =>
              place.line === undefined ? [] : [{ line: place.line, column: place.column, message, severity }],
            )}
            error={errors?.fields.text?.length ? errors.fields.text : undefined}
            onChange={setText}
          />
        </Card>
        <PlaceholderChoice style={givenStyle} onChoose={setStyle} />
        <div className="flex gap-2">
          <Button variant="primary" size="large" busy={busy}>
            Create prompt
          </Button>
          <LinkButton to={base} variant="quiet" size="large">
            Cancel
          </LinkButton>
        </div>
      </Form>
    </>
  );
}
