import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { slugFromName, uniqueSlug } from '@anvil/core/slug';

export interface RealPrompt {
  /** Counts from 1. */
  row: number;
  name: string;
  prompt: string;
  /** By which it is addressed once it is imported. */
  slug: string;
}

/** The bytes of the public collection of 1,517 prompts, a CSV file. */
export function realPromptsCsv(): Buffer {
  return gunzipSync(readFileSync(join(import.meta.dirname, '../data/real-prompts.csv.gz')));
}

/** Its rows, read without what the import reads them by. */
export function realPrompts(): RealPrompt[] {
  const rows: { name: string; prompt: string }[] = parse(realPromptsCsv(), { columns: true, bom: true });
  const given = new Set<string>();
  return rows.map(({ name, prompt }, index) => {
    const slug = uniqueSlug(slugFromName(name.trim(), `prompt-${index + 1}`), (slug) => given.has(slug));
    given.add(slug);
    return { row: index + 1, name, prompt, slug };
  });
}
