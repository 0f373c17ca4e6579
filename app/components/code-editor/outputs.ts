import { syntaxTree } from '@codemirror/language';
import { RangeSetBuilder } from '@codemirror/state';
import {
  Decoration,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from '@codemirror/view';

const output = Decoration.mark({ class: 'tok-output' });

function outputsOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => {
        if (node.name !== 'Interpolation') return undefined;
        builder.add(node.from, node.to, output);
        return false;
      },
    });
  }
  return builder.finish();
}

/** Marks `{{ … }}` whole: its colour says "a value goes in here", which the grammar's single words can't. */
export const outputMarks = ViewPlugin.define(
  (view) => ({
    decorations: outputsOf(view),
    update(update: ViewUpdate) {
      if (
        update.docChanged ||
        update.viewportChanged ||
        syntaxTree(update.startState) !== syntaxTree(update.state)
      ) {
        this.decorations = outputsOf(update.view);
      }
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);
