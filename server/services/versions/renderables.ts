import { textSha256 } from '@anvil/core/checksum';
import type { Renderable } from '@anvil/core/contract/judge';
import type { PromptContent } from '@anvil/core/prompt';
import { findContentRenders } from '@anvil/core/template/partials';
import { MAX_NESTING } from '@anvil/core/template/render';
import { Content } from '#db/models/index.ts';
import { loadContents, type StoredContent } from '../contents.ts';
import type { SetState } from './state.ts';

/** Runs one query, in its own transaction. */
export type RunQuery = <R>(query: () => Promise<R>) => Promise<R>;

/** A content with the prompts that it renders in one state of its set. */
export interface StoredRenderable extends Renderable {
  /** Equal keys mean equal renders: a hash over the content and the prompts that it renders. */
  key: string;
}

/** Loads the prompts that a content renders, directly or through another. */
export async function loadRenderable(
  stored: StoredContent,
  state: SetState,
  run: RunQuery,
): Promise<StoredRenderable> {
  const partials = new Map<string, StoredContent>();
  let wanted = slugsOf(stored.content);
  for (let depth = 0; depth < MAX_NESTING && wanted.length > 0; depth++) {
    const hashes = wanted.flatMap((slug) => state.get(slug) ?? []);
    const contents = await run(() => loadContents(hashes));
    const found = wanted.flatMap((slug): [string, StoredContent][] => {
      const content = contents.get(state.get(slug) ?? '');
      return content ? [[slug, content]] : [];
    });
    for (const [slug, content] of found) partials.set(slug, content);
    wanted = [...new Set(found.flatMap(([, { content }]) => slugsOf(content)))].filter(
      (slug) => !partials.has(slug),
    );
  }
  const parts = [...partials].map(([slug, { sha256 }]) => `${slug} ${sha256}`).sort();
  return {
    content: stored.content,
    partials: Object.fromEntries([...partials].map(([slug, { content }]) => [slug, content])),
    key: textSha256([stored.sha256, ...parts].join('\n')),
  };
}

function slugsOf(content: PromptContent): string[] {
  return [...new Set(findContentRenders(content).map((render) => render.slug))];
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
