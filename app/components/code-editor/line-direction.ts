import { RangeSetBuilder, type Extension } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';

const ownDirection = Decoration.line({ attributes: { dir: 'auto' } });

function visibleLines(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to;) {
      const line = view.state.doc.lineAt(position);
      builder.add(line.from, line.from, ownDirection);
      position = line.to + 1;
    }
  }
  return builder.finish();
}

const marks = ViewPlugin.define(
  (view) => ({
    decorations: visibleLines(view),
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = visibleLines(update.view);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

/** Gives each line the direction of its own letters, so that Arabic and English can follow each other. */
export const lineDirection: Extension = [EditorView.perLineTextDirection.of(true), marks];
