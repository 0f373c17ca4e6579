import { Form } from '@remix-run/react';
import { Archive } from 'lucide-react';
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import type { Problem } from '@anvil/core/prompt';
import type { PromptView } from '#server/schemas/prompts.ts';
import { readContentForm, toContentForm } from '../../lib/content-form.ts';
import { keptName } from '../../lib/content-form/kept.ts';
import type { Preview } from '../../lib/preview.server.ts';
import { formOfText, formText, savedText, useContentForm } from '../../lib/use-content-form.ts';
import { useEditFocus } from '../../lib/use-edit-focus.ts';
import { useDraftKeeper } from '../../lib/use-draft-keeper.ts';
import { useLivePreview } from '../../lib/use-live-preview.ts';
import { useNavigation } from '../../lib/use-navigation.ts';
import { useSaveByKey } from '../../lib/use-save-by-key.ts';
import { useSerialSubmit } from '../../lib/use-serial-submit.ts';
import type { CodeEditorHandle } from '../code-editor.tsx';
import { DraftOffer } from '../draft-offer.tsx';
import { UsePublished, type PublishedUse } from '../use-it.tsx';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { obstacleOf, type EditorAnswer } from './answer.ts';
import { ConfigField } from './config-field.tsx';
import { EditorBar } from './editor-bar.tsx';
import { IntentButton } from './intent-button.tsx';
import { TextActions, Texts } from './message-list.tsx';
import { ParameterSection } from './parameter-section.tsx';
import { PreviewPane } from './preview-pane.tsx';
import { RefusedSave } from './refused-save.tsx';
import { StatusLine } from './status-line.tsx';
import { useUnansweredSaves } from './use-unanswered-saves.ts';

/** The value of a button that saves and then opens another page, whose path follows. */
const SAVE_THEN = 'save-then:';

export interface PromptEditorProps {
  prompt: PromptView;
  /** `/o/acme/support/emails/refund` */
  path: string;
  /** Of its set: `/o/acme/support/emails`. */
  base: string;
  preview: Preview;
  answer: EditorAnswer | undefined;
  /** What would be published, when that is possible. */
  nextNumber: string | null;
  canPublish: boolean;
  /** Parameters that the newest version doesn't have. */
  fresh: string[];
  /** How programs call it, when it is published. */
  use: PublishedUse | null;
}

/** A prompt of the draft, to be edited: texts left, parameters and preview right, problems below. */
export function PromptEditor({
  prompt,
  path,
  base,
  preview: loaded,
  answer,
  nextNumber,
  canPublish,
  fresh,
  use,
}: PromptEditorProps) {
  const formRef = useRef<HTMLFormElement>(null);
  const wholeRef = useRef<HTMLTextAreaElement>(null);
  const editors = useRef(new Map<number, CodeEditorHandle>());
  const [cursor, setCursor] = useState<{ line: number; column: number }>();
  const saved = toContentForm(prompt.content);
  const content = useContentForm(formRef, answer?.form ?? saved);
  const { preview, ask } = useLivePreview(formRef, `${base}/-/preview`, answer?.preview ?? loaded);
  const busy = useNavigation().formMethod === 'POST';
  const { form, live } = content;
  const errors = { ...answer?.errors, ...preview.errors };
  const problems = preview.problems.length > 0 || !answer ? preview.problems : answer.problems;
  const whole = formText(live);
  const [name, setName] = useState(answer?.name ?? prompt.name);
  const dirty = savedText(live) !== savedText(saved) || name !== prompt.name;
  const keeper = useDraftKeeper(formRef, { form: path, revision: prompt.revision }, dirty);
  const hasToWait = useSerialSubmit(formRef, prompt, answer);
  const { hashes, noteSave } = useUnansweredSaves(prompt.revision);

  // The text area with the whole form is what the keeper keeps; see below.
  useEffect(() => {
    if (wholeRef.current) wholeRef.current.value = whole;
  }, [whole]);

  useSaveByKey(formRef);
  const focusAfter = useEditFocus(formRef);

  // What buttons do is done here when it can be, else by the server.
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    const { submitter } = event.nativeEvent as SubmitEvent;
    const intent = submitter instanceof HTMLButtonElement ? submitter.value : '';
    focusAfter(intent);
    if (intent === 'preview') ask(0);
    else if (intent.startsWith('found:')) {
      content.add(preview.found.filter(({ name }) => intent === 'found:' || intent === `found:${name}`));
      ask(0);
    } else if (content.edit(intent)) ask(0);
    else {
      if (!hasToWait(event)) noteSave(readContentForm(new FormData(event.currentTarget)));
      return;
    }
    event.preventDefault();
  };

  const editorRef = useCallback(
    (index: number) => (handle: CodeEditorHandle | null) => {
      if (handle) editors.current.set(index, handle);
      else editors.current.delete(index);
    },
    [],
  );

  const showProblem = ({ place }: Problem): void => {
    editors.current
      .get(place.part === 'config' ? -1 : (place.message ?? 0))
      ?.focusAt(place.line ?? 1, place.column);
  };

  return (
    <Form
      ref={formRef}
      method="post"
      action={path}
      preventScrollReset
      noValidate
      // The browser must not restore fields of an older revision after Back; the kept draft is offered instead.
      autoComplete="off"
      data-unsaved={dirty}
      onSubmit={submit}
      onInput={() => {
        content.look();
        ask();
      }}
      className="flex min-h-[calc(100dvh-3rem)] flex-col"
    >
      <h1 className="sr-only">{prompt.address}</h1>
      <input type="hidden" name="revision" value={prompt.revision} />
      <input type="hidden" name="unanswered" value={hashes} />
      <input type="hidden" name="kind" value={form.kind} />
      {form.kept && <input type="hidden" name={keptName([])} value={JSON.stringify(form.kept)} />}
      {/* Disabled: kept for a crash of the browser, not sent. Taking it back fires `input` here. */}
      <textarea
        ref={wholeRef}
        name="whole"
        hidden
        disabled
        defaultValue={whole}
        onInput={(event) => {
          const kept = formOfText(event.currentTarget.value);
          if (kept) content.replace(kept);
        }}
      />
      <EditorBar
        revision={prompt.revision}
        savedAt={prompt.updated_at}
        dirty={dirty || answer !== undefined}
        busy={busy}
        obstacle={answer && savedText(answer.form) === savedText(live) ? obstacleOf(answer) : undefined}
        historyTo={`${path}/-/revisions`}
        publish={
          canPublish && (
            <Button name="intent" value={`${SAVE_THEN}${base}/-/publish`} variant="primary">
              {dirty ? 'Publish your changes' : nextNumber ? `Publish ${nextNumber}` : 'Review changes'}
            </Button>
          )
        }
      />
      <button name="intent" data-save-then={SAVE_THEN} hidden tabIndex={-1} aria-hidden="true" />
      <div className="grid flex-1 lg:grid-cols-[minmax(0,1fr)_23.5rem]">
        <div className="grid min-w-0 content-start gap-3.5 p-4">
          <DraftOffer {...keeper} />
          {answer && <RefusedSave answer={answer} />}
          <Texts
            form={form}
            live={live}
            problems={problems}
            errors={errors}
            variables={live.parameters.map(({ name }) => name).filter(Boolean)}
            editorRef={editorRef}
            onCursor={(line, column) => setCursor({ line, column })}
          />
          <div className="flex flex-wrap items-start gap-2">
            <TextActions kind={form.kind} />
          </div>
          <ConfigField
            form={form}
            live={live}
            problems={problems}
            errors={errors}
            handleRef={editorRef(-1)}
          />
        </div>
        <div className="editor-side grid min-w-0 content-start border-t border-line bg-panel lg:border-t-0 lg:border-l">
          <ParameterSection
            form={form}
            live={live}
            found={preview.found}
            errors={errors}
            fresh={fresh}
            saved={answer && saved.parameters}
          />
          <div className="border-b border-line p-4 pt-2.5">
            <PreviewPane preview={preview} values={answer?.values ?? ''} errors={errors} />
          </div>
          {use && (
            <div className="border-b border-line p-4">
              <UsePublished {...use} />
            </div>
          )}
          <section aria-label="The prompt itself" className="grid gap-3 p-4">
            <TextField
              label="Name"
              name="name"
              defaultValue={answer?.name ?? prompt.name}
              error={errors.name}
              hint="For people. Programs use the address."
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <IntentButton variant="danger" icon={Archive} intent="archive" className="justify-self-start">
              Archive
            </IntentButton>
          </section>
        </div>
      </div>
      <StatusLine
        problems={problems}
        roles={live.messages.map(({ role }) => role)}
        cursor={cursor}
        onShow={showProblem}
      />
    </Form>
  );
}
