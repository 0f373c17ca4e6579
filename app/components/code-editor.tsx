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
  /** Tab moves on instead of indenting: for a field that isn't a place to work in. */
  tabLeaves?: boolean;
  onChange?: (text: string) => void;
  onCursor?: (line: number, column: number) => void;
  handleRef?: Ref<CodeEditorHandle>;
}

const NONE: never[] = [];
const MIN_LINES = { 3: 'editor-3', 5: 'editor-5', 10: 'editor-10' };

/**
 * A text area that becomes CodeMirror once its code has come; without JavaScript it stays one. Meant to lie in a
 * `<Card flush focusRing>`. Tab indents unless `tabLeaves`; Escape, then Tab leaves, and a line below says so. Ctrl or
 * ⌘ S submits the form by its button with `data-save`, or as it is.
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
  const { placeholder, readOnly, error, form, tabLeaves, onChange, onCursor, handleRef } = props;
  const made = useId();
  const id = props.id ?? made;
  const textareaRef = useRef<HTMLTextAreaElement>(null);
  const hostRef = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<OpenEditor>();
  const errorId = `${id}-error`;
  const problemsId = `${id}-problems`;
  const keysId = `${id}-keys`;
  const hasError = Boolean(error?.length);
  const invalid = hasError || problems.some(({ severity }) => severity !== 'warning');
  const ids = classNames(
    hasError && errorId,
    problems.length > 0 && problemsId,
    editor && !tabLeaves && keysId,
  );
  const describedBy = ids || undefined;

  // The editor is opened once and reads what it needs at that time; what changes later has an effect of its own.
  const latest = useRef({ onCursor, variables, description: { ids, invalid } });
  useEffect(() => {
    latest.current = { onCursor, variables, description: { ids, invalid } };
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
        description: latest.current.description,
        tabLeaves,
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
  }, [label, language, placeholder, readOnly, tabLeaves]);

  useEffect(() => editor?.setProblems(problems), [editor, problems]);
  useEffect(() => editor?.setVariables(variables), [editor, variables]);
  useEffect(() => editor?.setDescription({ ids, invalid }), [editor, ids, invalid]);
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
          aria-invalid={invalid || undefined}
          dir="auto"
          placeholder={placeholder}
          readOnly={readOnly}
          // After Back, the browser would restore the text here without an event, and CodeMirror would show another one.
          autoComplete="off"
          spellCheck
          onInput={onChange && ((event) => onChange(event.currentTarget.value))}
          className={classNames('code-editor-plain', editor && 'hidden')}
        />
        <div ref={hostRef} />
        {editor && !tabLeaves && (
          <p id={keysId} className="code-editor-keys">
            Tab indents. Press Escape, then Tab to leave.
          </p>
        )}
        {problems.length > 0 && (
          <ul id={problemsId} className="sr-only">
            {problems.map(({ line, message }, index) => (
              <li key={index}>
                Line {line}: {message}
              </li>
            ))}
          </ul>
        )}
      </div>
      {error && (
        <div className="border-t border-line px-3.5 py-2">
          <FieldError id={errorId} error={error} />
        </div>
      )}
    </div>
  );
}
