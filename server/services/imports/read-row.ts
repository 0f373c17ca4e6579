import { canonicalContent, contentSha256 } from '@anvil/core/checksum';
import { convertPlaceholders } from '@anvil/core/placeholders';
import type { PromptContent } from '@anvil/core/prompt';
import { slugFromName, uniqueSlug } from '@anvil/core/slug';
import { textContent } from '../../schemas/contents.ts';
import { nameText } from '../../schemas/common.ts';
import type { ImportRow } from '../../schemas/imports.ts';
import { findProblems } from '../contents.ts';

/** A row that can be written. */
export interface ReadyRow {
  row: number;
  slug: string;
  name: string;
  sha256: string;
  body: string;
}
interface BadRow {
  slug: string | null;
  message: string;
}

const NAME_MAX_LENGTH = 120;

/**
 * Makes prompts of rows. It remembers the slugs it gave out, so that equal names are numbered in the order of the
 * file: what a row is called depends on the file alone.
 */
export function createRowReader(): (row: ImportRow) => ReadyRow | BadRow {
  const given = new Set<string>();
  return (row) => {
    if ('error' in row) return { slug: null, message: row.error };
    const cut = row.name.trim().slice(0, NAME_MAX_LENGTH);
    // A surrogate pair that the cut went through would be no text.
    const name = nameText.safeParse(cut.isWellFormed() ? cut : cut.slice(0, -1));
    if (!name.success) return { slug: null, message: `name: ${name.error.issues[0]?.message ?? 'wrong'}` };
    const slug = uniqueSlug(slugFromName(name.data, `prompt-${row.row}`), (candidate) =>
      given.has(candidate),
    );
    // Given out even when the row turns out bad: the rows behind it keep their names when it is mended.
    given.add(slug);

    if (row.prompt.trim() === '') return { slug, message: 'prompt: This can’t be empty.' };
    if (!row.prompt.isWellFormed() || row.prompt.includes('\0')) {
      return { slug, message: 'prompt: This holds a character that is no text. Remove it.' };
    }
    const { template, parameters } = convertPlaceholders(row.prompt);
    const content: PromptContent = { kind: 'text', template, parameters, config: '{}' };
    const checked = textContent.safeParse(content);
    if (!checked.success) return { slug, message: `prompt: ${checked.error.issues[0]?.message ?? 'wrong'}` };
    const problem = findProblems(content).find(({ severity }) => severity !== 'warning');
    if (problem) return { slug, message: problem.message };
    return {
      row: row.row,
      slug,
      name: name.data,
      sha256: contentSha256(content),
      body: canonicalContent(content),
    };
  };
}
