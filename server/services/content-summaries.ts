import { LRUCache } from 'lru-cache';
import type { Parameter, PromptContent } from '@anvil/core/prompt';
import { loadInBatches } from './contents.ts';

/** A content as lists show it. */
export interface ContentSummary {
  kind: PromptContent['kind'];
  /** By name, with `?` behind the optional ones. */
  parameters: string[];
}

const CACHE_BYTES = 8 * 1_048_576;
const SUMMARY_BYTES = 300;
const NAME_BYTES = 60;

/** By the content's hash: a content never changes. */
const summaries = new LRUCache<string, ContentSummary>({
  maxSize: CACHE_BYTES,
  sizeCalculation: ({ parameters }) => SUMMARY_BYTES + NAME_BYTES * parameters.length,
});

/**
 * The summaries of contents by their hashes. Contents that aren't known yet are loaded a few MB at a time: a page of a list
 * may have 50 MB of them.
 */
export async function summariseContents(hashes: Iterable<string>): Promise<Map<string, ContentSummary>> {
  const found = new Map<string, ContentSummary>();
  const unknown: string[] = [];
  for (const sha256 of new Set(hashes)) {
    const summary = summaries.get(sha256);
    if (summary) found.set(sha256, summary);
    else unknown.push(sha256);
  }
  for await (const { contents } of loadInBatches(unknown, (sha256) => [sha256])) {
    for (const [sha256, { content }] of contents) {
      const summary = { kind: content.kind, parameters: namesOf(content.parameters) };
      summaries.set(sha256, summary);
      found.set(sha256, summary);
    }
  }
  return found;
}

function namesOf(parameters: readonly Parameter[]): string[] {
  return parameters.map(({ name, required }) => (required ? name : `${name}?`));
}
