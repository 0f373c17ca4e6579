import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab, insertNewline } from '@codemirror/commands';
import { bracketMatching, LanguageSupport, StreamLanguage } from '@codemirror/language';
import { liquid, liquidCompletionSource } from '@codemirror/lang-liquid';
import { lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension, type Text } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { lineDirection } from './line-direction.ts';
import { outputMarks } from './outputs.ts';
import { editorTheme } from './theme.ts';

export interface EditorProblem {
  /** Counts from 1. */
  line: number;
  /** Counts from 1; without it the whole line. */
  column?: number;
  message: string;
  severity: 'syntax' | 'error' | 'warning';
}

/** The description of the field for screen readers, beside its label. */
export interface EditorDescription {
  /** Ids for `aria-describedby`. */
  ids: string;
  invalid: boolean;
}

export interface EditorOptions {
  /** The text area that is the truth for its form; the editor stands in for it. */
  textarea: HTMLTextAreaElement;
  host: HTMLElement;
  label: string;
  description: EditorDescription;
  /** Tab moves on instead of indenting, as in an ordinary text field. */
  tabLeaves?: boolean;
  language: 'liquid' | 'text';
  /** Names that are completed inside `{{` and `{%`. */
  variables: string[];
  placeholder?: string;
  readOnly?: boolean;
  cspNonce?: string;
  onCursor?: (line: number, column: number) => void;
}

export interface OpenEditor {
  setProblems(problems: EditorProblem[]): void;
  setVariables(variables: string[]): void;
  setDescription(description: EditorDescription): void;
  /** Puts the cursor there and scrolls to it. */
  focusAt(line: number, column?: number): void;
  focus(): void;
  close(): void;
}

/** What lies between Liquid's tags is plain text, not HTML as the package assumes. */
const plainText = new LanguageSupport(
  StreamLanguage.define({
    token(stream) {
      stream.skipToEnd();
      return null;
    },
  }),
);

/**
 * Liquid with its colours and completions. The package's own support also completes `{%` during typing, which left
 * a second `%}` in the text.
 */
function languageOf(variables: string[]): LanguageSupport {
  const { language } = liquid({ base: plainText });
  const options = variables.map((label) => ({ label, type: 'variable' }));
  return new LanguageSupport(
    language,
    language.data.of({ autocomplete: liquidCompletionSource({ variables: options }) }),
  );
}

/** White space goes to the model, so Enter adds a line break and nothing else. */
const plainEnter = keymap.of([{ key: 'Enter', run: insertNewline }]);

/** The word at a place, at least one sign; without a column the line. */
function rangeOf(
  doc: Text,
  { line, column }: Pick<EditorProblem, 'line' | 'column'>,
): { from: number; to: number } {
  const target = doc.line(Math.min(Math.max(line, 1), doc.lines));
  if (column === undefined) return { from: target.from, to: target.to };
  const from = Math.min(target.from + column - 1, target.to);
  const word = /^[\p{L}\p{N}_-]+/u.exec(doc.sliceString(from, target.to));
  return { from, to: Math.min(from + (word?.[0].length ?? 1), target.to) };
}

function diagnosticOf(doc: Text, problem: EditorProblem): Diagnostic {
  return {
    ...rangeOf(doc, problem),
    message: problem.message,
    severity: problem.severity === 'warning' ? 'warning' : 'error',
  };
}

/**
 * Tab indents; after Escape it leaves, until something is typed (CodeMirror forgets the Escape after two seconds). An
 * observer, because a handler isn't called for the Escape that closes a list of completions.
 */
const leaveByTab = EditorView.domEventObservers({
  keydown: (event, view) => {
    if (event.key === 'Escape') view.setTabFocusMode(true);
    else if (!['Tab', 'Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) view.setTabFocusMode(false);
  },
});

function attributesOf(label: string, { ids, invalid }: EditorDescription): Extension {
  return EditorView.contentAttributes.of({
    'aria-label': label,
    ...(ids ? { 'aria-describedby': ids } : {}),
    ...(invalid ? { 'aria-invalid': 'true' } : {}),
    spellcheck: 'true',
    autocapitalize: 'sentences',
  });
}

/** Opens CodeMirror over a text area. The text area keeps the value, fires `input`, and is heard when others set it. */
export function openEditor(options: EditorOptions): OpenEditor {
  const { textarea, host, onCursor } = options;
  const language = new Compartment();
  const attributes = new Compartment();

  const toTextarea = EditorView.updateListener.of((update) => {
    if (update.selectionSet || update.docChanged) {
      const head = update.state.selection.main.head;
      const line = update.state.doc.lineAt(head);
      onCursor?.(line.number, head - line.from + 1);
    }
    if (!update.docChanged) return;
    const text = update.state.doc.toString();
    if (textarea.value === text) return;
    textarea.value = text;
    textarea.dispatchEvent(new Event('input', { bubbles: true }));
  });

  // At once and not with the next render: in between, the editor would be below the text area, and the page would jump.
  textarea.classList.add('hidden');
  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: textarea.value,
      selection: { anchor: Math.min(textarea.selectionStart, textarea.value.length) },
      extensions: [
        options.cspNonce ? EditorView.cspNonce.of(options.cspNonce) : [],
        lineNumbers(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        bracketMatching(),
        autocompletion(),
        search({ top: true }),
        EditorView.lineWrapping,
        language.of(options.language === 'liquid' ? [languageOf(options.variables), outputMarks] : []),
        editorTheme,
        options.placeholder ? placeholder(options.placeholder) : [],
        EditorState.readOnly.of(options.readOnly ?? false),
        attributes.of(attributesOf(options.label, options.description)),
        lineDirection,
        options.tabLeaves ? [] : leaveByTab,
        keymap.of(completionKeymap),
        options.language === 'liquid' ? plainEnter : [],
        keymap.of([
          ...searchKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
          ...(options.tabLeaves ? [] : [indentWithTab]),
        ]),
        toTextarea,
      ],
    }),
  });

  const fromTextarea = (): void => {
    const text = textarea.value;
    if (text === view.state.doc.toString()) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  };
  textarea.addEventListener('input', fromTextarea);

  return {
    setProblems: (problems) => {
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map((problem) => diagnosticOf(view.state.doc, problem)),
        ),
      );
    },
    setVariables: (variables) => {
      if (options.language !== 'liquid') return;
      view.dispatch({ effects: language.reconfigure([languageOf(variables), outputMarks]) });
    },
    setDescription: (description) => {
      view.dispatch({ effects: attributes.reconfigure(attributesOf(options.label, description)) });
    },
    focusAt: (line, column) => {
      view.dispatch({
        selection: { anchor: rangeOf(view.state.doc, { line, column }).from },
        scrollIntoView: true,
      });
      view.focus();
    },
    focus: () => view.focus(),
    close: () => {
      textarea.removeEventListener('input', fromTextarea);
      view.destroy();
      textarea.classList.remove('hidden');
    },
  };
}
