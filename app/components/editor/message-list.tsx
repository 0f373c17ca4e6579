import { ROLES, type Problem } from '@anvil/core/prompt';
import { ArrowDown, ArrowUp, FileText, MessagesSquare, X } from 'lucide-react';
import type { RefCallback } from 'react';
import type { ContentForm, FieldErrors, MessageForm } from '../../lib/content-form.ts';
import { keptName } from '../../lib/content-form/kept.ts';
import { intentOf } from '../../lib/content-form/edits.ts';
import { CodeEditor, type CodeEditorHandle, type EditorProblem } from '../code-editor.tsx';
import { Card } from '../ui/card.tsx';
import { FieldError, Select, TextField } from '../ui/field.tsx';
import { Tag } from '../ui/tag.tsx';
import { IntentButton, IntentIconButton } from './intent-button.tsx';

export interface TextsProps {
  form: ContentForm;
  /** As typed by now: the roles, which say what the fields are. */
  live: ContentForm;
  problems: Problem[];
  errors: FieldErrors;
  variables: string[];
  /** Remembers the editor of a message (of the template: 0), to lead from a problem to its line. */
  editorRef: (index: number) => RefCallback<CodeEditorHandle>;
  onCursor: (line: number, column: number) => void;
}

/** The texts of a prompt: one template, or messages that can be added, moved and removed. */
export function Texts(props: TextsProps) {
  const { form, problems, errors, variables, editorRef, onCursor } = props;
  if (form.kind === 'text') {
    return (
      <>
        <Card flush focusRing title={<Tag>template</Tag>} aside="Liquid">
          <CodeEditor
            name="template"
            label="Template"
            minLines={10}
            defaultValue={form.template}
            problems={problemsOfEditor(problems, 'template')}
            variables={variables}
            error={errors.template}
            handleRef={editorRef(0)}
            onCursor={onCursor}
          />
        </Card>
        {form.messages.map((message, index) => (
          <KeptMessage key={message.key} message={message} name={`messages[${index}]`} />
        ))}
      </>
    );
  }
  return (
    <>
      {form.messages.map((message, index) => (
        <Message key={message.key} message={message} index={index} {...props} />
      ))}
      <FieldError id="messages-error" error={errors.messages} />
    </>
  );
}

/** A message of a prompt that was a chat before somebody made it one text: there again when they change their mind. */
function KeptMessage({ message, name }: { message: MessageForm; name: string }) {
  return (
    <>
      <input type="hidden" name={`${name}[role]`} value={message.role} />
      <textarea hidden readOnly name={`${name}[content]`} value={message.content} />
      {message.kept && <input type="hidden" name={`${name}[kept]`} value={JSON.stringify(message.kept)} />}
    </>
  );
}

function Message({
  message,
  index,
  form,
  live,
  problems,
  errors,
  variables,
  editorRef,
  onCursor,
}: TextsProps & { message: MessageForm; index: number }) {
  const name = `messages[${index}]`;
  const role = live.messages[index]?.role ?? message.role;
  const isPlaceholder = role === 'placeholder';
  const said = problems.filter(
    ({ place }) => place.part === 'message' && place.message === index && place.line === undefined,
  );
  const error = [...(errors[`${name}[content]`] ?? []), ...said.map((problem) => problem.message)];
  return (
    <Card
      flush
      focusRing
      title={
        <span className="sr-only">
          Message {index + 1}, {role}
        </span>
      }
      lead={
        <Select
          name={`${name}[role]`}
          height="small"
          mono
          aria-label={`Role of message ${index + 1}`}
          defaultValue={message.role}
        >
          {[...ROLES, 'placeholder'].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      }
      aside={
        <span className="flex">
          {index > 0 && (
            <IntentIconButton
              icon={ArrowUp}
              label={`Move message ${index + 1} up`}
              intent={intentOf('up', name)}
            />
          )}
          {index < form.messages.length - 1 && (
            <IntentIconButton
              icon={ArrowDown}
              label={`Move message ${index + 1} down`}
              intent={intentOf('down', name)}
            />
          )}
          <IntentIconButton
            icon={X}
            label={`Remove message ${index + 1}`}
            intent={intentOf('remove', name)}
          />
        </span>
      }
    >
      {isPlaceholder ? (
        <div className="px-3.5 py-3">
          <TextField
            label={`Parameter of placeholder ${index + 1}`}
            labelHidden
            name={`${name}[content]`}
            mono
            list="messages-parameters"
            // A long text that was a message before isn't a name: it stays where it can be taken back.
            defaultValue={message.content}
            placeholder="history"
            error={error}
            hint="The caller’s own messages go in here, untouched. Which parameter of type messages holds them?"
          />
        </div>
      ) : (
        <CodeEditor
          name={`${name}[content]`}
          label={`Message ${index + 1}, ${role}`}
          minLines={3}
          defaultValue={message.content}
          problems={problemsOfEditor(problems, 'message', index)}
          variables={variables}
          error={error.length > 0 ? error : undefined}
          handleRef={editorRef(index)}
          onCursor={onCursor}
        />
      )}
      {message.kept && (
        <input type="hidden" name={keptName(['messages', index])} value={JSON.stringify(message.kept)} />
      )}
    </Card>
  );
}

/** What can be done with the texts as a whole: more messages, or the other kind of prompt. */
export function TextActions({ kind }: { kind: ContentForm['kind'] }) {
  if (kind === 'text') {
    return (
      <IntentButton variant="quiet" icon={MessagesSquare} intent={intentOf('kind', 'chat')}>
        Convert to chat
      </IntentButton>
    );
  }
  return (
    <>
      <IntentButton intent="add:messages">Add a message</IntentButton>
      <IntentButton variant="quiet" intent="add:placeholder">
        Add a placeholder
      </IntentButton>
      <IntentButton variant="quiet" icon={FileText} intent={intentOf('kind', 'text')}>
        Convert to text
      </IntentButton>
    </>
  );
}

/** The problems that have a line in one of the texts. */
export function problemsOfEditor(
  problems: readonly Problem[],
  part: 'template' | 'message' | 'config',
  message?: number,
): EditorProblem[] {
  return problems.flatMap(({ place, message: sentence, severity }) =>
    place.part === part && place.message === message && place.line !== undefined
      ? [{ line: place.line, column: place.column, message: sentence, severity }]
      : [],
  );
}
