import { textSha256 } from '@anvil/core/checksum';
import type { Renderable } from '@anvil/core/contract/judge';
import type { Parse } from '@anvil/core/template/parse';
import { MAX_NESTING } from '@anvil/core/template/render';
import { Content } from '#db/models/index.ts';
import { areTooLarge, loadPartials } from '../../render/partials.ts';
import { loadContentsBySlug, type StoredContent } from '../contents.ts';
import type { SetState } from './state.ts';

/** Runs one query, in its own transaction. */
export type RunQuery = <R>(query: () => Promise<R>) => Promise<R>;

/** A content with the prompts that it renders in one state of its set. */
export interface StoredRenderable extends Renderable {
  /** Equal keys mean equal renders: a hash over the content and the prompts that it renders. */
  key: string;
}

/**
 * Loads the prompts that a content renders, directly or through another.
 *
 * @returns `undefined` if they are too large to be rendered
 */
export async function loadRenderable(
  { content, sha256 }: StoredContent,
  state: SetState,
  run: RunQuery,
  parse: Parse,
): Promise<StoredRenderable | undefined> {
  const load = (slugs: readonly string[]) => {
    const wanted = new Set(slugs);
    return run(() => loadContentsBySlug(new Map([...state].filter(([slug]) => wanted.has(slug)))));
  };
  const partials = await loadPartials(content, load, parse);
  if (areTooLarge([content, ...partials.values()])) return undefined;
  const parts = [...partials.keys()].map((slug) => `${slug} ${state.get(slug) ?? ''}`).sort();
  return {
    content,
    partials: Object.fromEntries(partials),
    key: textSha256([sha256, ...parts].join('\n')),
  };
}

/** The prompts of a state that render one of these, directly or through another; without these themselves. */
export async function findRenderersOf(
  slugs: readonly string[],
  state: SetState,
  run: RunQuery,
): Promise<string[]> {
  if (slugs.length === 0) return [];
  const rows = await run(async () =>
    Content.query()
      .select('sha256', 'renders')
      .whereRaw('sha256 = any(?)', [[...new Set(state.values())]])
      .whereRaw('cardinality(renders) > 0'),
  );
  const rendersOf = new Map(rows.map(({ sha256, renders }) => [sha256, renders]));
  const reached = new Set(slugs);
  // Each round goes one render further out.
  for (let depth = 0; depth < MAX_NESTING; depth++) {
    for (const [slug, sha256] of state) {
      if (rendersOf.get(sha256)?.some((rendered) => reached.has(rendered))) reached.add(slug);
    }
  }
  return [...reached].filter((slug) => state.has(slug) && !slugs.includes(slug));
}
