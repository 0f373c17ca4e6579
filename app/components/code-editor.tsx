import { useEffect, useId, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import { classNames } from '../lib/class-names.ts';
import { browserCspNonce } from '../lib/document-context.ts';
import type { EditorProblem, OpenEditor } from './code-editor/open-editor.ts';
import { FieldError } from './ui/field.tsx';

export type { EditorProblem };

export interface CodeEditorHandle {
  /** Puts the cursor at a line and column (from 1), for a list of problems. */
  focusAt: (line: number, column?: number) => void;
}

export interface CodeEditorProps {
  /** Name of the field in its form. */
  name: string;
  /** What is written here, read out: "Message 2, user". */
  label: string;
  defaultValue?: string;
  id?: string;
  /** `text` for JSON and the like: no colours. */
  language?: 'liquid' | 'text';
  /** Underlined in the text, with the sentence on hover. Shown as a list by the page. */
  problems?: EditorProblem[];
  /** Parameters, completed while typing. */
  variables?: string[];
  /** Height when there is little text. */
  minLines?: 3 | 5 | 10;
  placeholder?: string;
  readOnly?: boolean;
  error?: string | string[];
  form?: string;
  onChange?: (text: string) => void;
  onCursor?: (line: number, column: number) => void;
  handleRef?: Ref<CodeEditorHandle>;
}

const NONE: never[] = [];
const MIN_LINES = { 3: 'editor-3', 5: 'editor-5', 10: 'editor-10' };

/**
 * A text area that becomes CodeMirror once its code has come; without JavaScript it stays one. Meant to lie in a
 * `<Card flush focusRing>`. Tab indents, Escape then Tab leaves; Ctrl or ⌘ S submits the form by its button with
 * `data-save`, or as it is.
 */
export function CodeEditor(props: CodeEditorProps) {
  const {
    name,
    label,
    defaultValue = '',
    language = 'liquid',
    problems = NONE,
    variables = NONE,
    minLines = 5,
  } = props;
  const { placeholder, readOnly, error, form, onChange, onCursor, handleRef } = props;
  const made = useId();
  const id = props.id ?? made;
  const textareaRef = useRef<HTMLTextAreaElement>(null);
  const hostRef = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<OpenEditor>();
  const errorId = `${id}-error`;
  const describedBy = error?.length ? errorId : undefined;

  // The editor is opened once and reads what it needs at that time; what changes later has an effect of its own.
  const latest = useRef({ onCursor, variables, describedBy });
  useEffect(() => {
    latest.current = { onCursor, variables, describedBy };
  });

  useEffect(() => {
    const textarea = textareaRef.current;
    const host = hostRef.current;
    if (!textarea || !host) return undefined;
    let opened: OpenEditor | undefined;
    let left = false;
    void import('./code-editor/open-editor.ts').then(({ openEditor }) => {
      if (left) return;
      const hadFocus = document.activeElement === textarea;
      opened = openEditor({
        textarea,
        host,
        label,
        describedBy: latest.current.describedBy,
        language,
        variables: latest.current.variables,
        placeholder,
        readOnly,
        cspNonce: browserCspNonce(),
        onCursor: (line, column) => latest.current.onCursor?.(line, column),
      });
      setEditor(opened);
      if (hadFocus) opened.focus();
    });
    return () => {
      left = true;
      opened?.close();
      setEditor(undefined);
    };
  }, [label, language, placeholder, readOnly]);

  useEffect(() => editor?.setProblems(problems), [editor, problems]);
  useEffect(() => editor?.setVariables(variables), [editor, variables]);
  useImperativeHandle(
    handleRef,
    () => ({
      focusAt: (line, column) => (editor ? editor.focusAt(line, column) : textareaRef.current?.focus()),
    }),
    [editor],
  );

  const saveByKey = (event: KeyboardEvent): void => {
    if (
      event.key.toLowerCase() !== 's' ||
      !(event.ctrlKey || event.metaKey) ||
      event.altKey ||
      event.shiftKey
    )
      return;
    event.preventDefault();
    const target = textareaRef.current?.form;
    target?.requestSubmit(target.querySelector<HTMLButtonElement>('button[data-save]'));
  };

  return (
    <div onKeyDown={saveByKey}>
      <div className={classNames('code-editor', MIN_LINES[minLines])}>
        <textarea
          ref={textareaRef}
          id={id}
          name={name}
          form={form}
          defaultValue={defaultValue}
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={describedBy ? true : undefined}
          placeholder={placeholder}
          readOnly={readOnly}
          spellCheck
          onInput={onChange && ((event) => onChange(event.currentTarget.value))}
          className={classNames('code-editor-plain', editor && 'hidden')}
        />
        <div ref={hostRef} />
      </div>
      {error && (
        <div className="border-t border-line px-3.5 py-2">
          <FieldError id={errorId} error={error} />
        </div>
      )}
    </div>
  );
}
