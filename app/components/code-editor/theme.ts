import { syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tagHighlighter, tags } from '@lezer/highlight';

/** The editor in our tokens: the same in both themes, because the tokens change and not the sheet. */
const surface = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'var(--ink)', fontSize: 'inherit' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: 'inherit', overflow: 'auto' },
  '.cm-content': {
    minHeight: 'calc(var(--lines) * 1lh + 1rem)',
    padding: '0.5rem 0',
    caretColor: 'var(--ember)',
  },
  '.cm-line': { padding: '0 0.875rem 0 0.25rem' },
  '.cm-cursor': { borderLeftColor: 'var(--ember)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--faint)' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '1.625rem', padding: '0 0.5rem 0 0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--ember) 28%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'transparent',
    outline: '1px solid var(--line-strong)',
  },
  '.cm-placeholder': { color: 'var(--faint)' },
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '0' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--major) 1px', textUnderlineOffset: '4px' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy var(--minor) 1px', textUnderlineOffset: '4px' },
  '.cm-tooltip': {
    border: '1px solid var(--line-strong)',
    borderRadius: '0.375rem',
    backgroundColor: 'var(--panel)',
    color: 'var(--ink)',
    boxShadow: 'var(--float)',
  },
  '.cm-diagnostic': { padding: '0.5rem 0.75rem', fontFamily: 'var(--font-sans)', fontSize: '0.75rem' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--major)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--minor)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '0.8125rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.25rem 0.625rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--raise)', color: 'var(--ink)' },
  '.cm-completionIcon': { display: 'none' },
  '.cm-panels': { backgroundColor: 'var(--raise)', color: 'var(--ink)' },
  // Below the bars of the page, which stay while a long text is scrolled.
  '.cm-panels.cm-panels-top': {
    top: 'calc(2 * var(--spacing-bar)) !important',
    borderBottom: '1px solid var(--line)',
  },
  '.cm-panel.cm-search': { padding: '0.5rem 2rem 0.5rem 0.875rem', fontFamily: 'var(--font-sans)' },
  '.cm-panel.cm-search label': { fontSize: '0.8125rem' },
  '.cm-panel.cm-search [name=close]': { fontSize: '1rem', padding: '0 0.5rem', minHeight: '1.5rem' },
  '.cm-textfield': {
    minHeight: '1.625rem',
    border: '1px solid var(--field)',
    borderRadius: '0.375rem',
    backgroundColor: 'var(--bg)',
    fontSize: '0.8125rem',
  },
  '.cm-button': {
    minHeight: '1.625rem',
    border: '1px solid var(--line-strong)',
    borderRadius: '0.375rem',
    backgroundImage: 'none',
    backgroundColor: 'var(--panel)',
    color: 'var(--ink)',
    fontSize: '0.75rem',
  },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in srgb, var(--minor) 30%, transparent)' },
  '.cm-searchMatch-selected': { outline: '2px solid var(--minor)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--ember)' },
});

/** Classes for what the colours of parts/editor.css say (`.tok-…`). Variables and text keep the colour of ink. */
const classes = tagHighlighter([
  {
    tag: [
      tags.keyword,
      tags.controlKeyword,
      tags.definitionKeyword,
      tags.moduleKeyword,
      tags.operatorKeyword,
    ],
    class: 'tok-keyword',
  },
  { tag: [tags.brace, tags.logicOperator], class: 'tok-keyword' },
  { tag: [tags.string, tags.number, tags.bool, tags.atom], class: 'tok-string' },
  { tag: [tags.lineComment, tags.blockComment], class: 'tok-comment' },
]);

export const editorTheme = [surface, syntaxHighlighting(classes)];
