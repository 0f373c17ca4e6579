import { canonicalContent, textSha256 } from '@anvil/core/checksum';
import { findSigns, type PlaceholderSigns, type PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { toTemplate } from '@anvil/core/placeholders';
import type { Problem, PromptContent } from '@anvil/core/prompt';
import { findContentRenders } from '@anvil/core/template/partials';
import { createSlugNumbering, slugFromName } from '@anvil/core/slug';
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
  /** Slugs of the prompts that the template renders. */
  renders: string[];
  /** The slug got a number, because an earlier row has the same name. */
  isNumbered: boolean;
  signs: PlaceholderSigns;
}
interface BadRow {
  slug: string | null;
  message: string;
}

const NAME_MAX_LENGTH = 120;

/**
 * Returns a function that makes prompts of rows. Equal names are numbered in the order of the file, so a row's slug
 * depends only on the file.
 */
export function createRowReader(style: PlaceholderStyle): (row: ImportRow) => ReadyRow | BadRow {
  const numberSlug = createSlugNumbering();
  return (row) => {
    if ('error' in row) return { slug: null, message: row.error };
    const cut = row.name.trim().slice(0, NAME_MAX_LENGTH);
    // A surrogate pair that the cut went through would be no text.
    const name = nameText.safeParse(cut.isWellFormed() ? cut : cut.slice(0, -1));
    if (!name.success) return { slug: null, message: `name: ${name.error.issues[0]?.message ?? 'wrong'}` };
    // A bad row gets a slug too, so that the rows after it keep theirs when it is corrected.
    const base = slugFromName(name.data, `prompt-${row.row}`);
    const slug = numberSlug(base);

    if (row.prompt.trim() === '') return { slug, message: 'prompt: This can’t be empty.' };
    if (!row.prompt.isWellFormed() || row.prompt.includes('\0')) {
      return { slug, message: 'prompt: This holds a character that is no text. Remove it.' };
    }
    const content: PromptContent = { kind: 'text', ...toTemplate(row.prompt, style), config: '{}' };
    const checked = textContent.safeParse(content);
    if (!checked.success) return { slug, message: `prompt: ${checked.error.issues[0]?.message ?? 'wrong'}` };
    const problem = findProblems(content).find(({ severity }) => severity !== 'warning');
    if (problem) return { slug, message: sentenceOf(problem) };
    const body = canonicalContent(content);
    return {
      ...{ row: row.row, slug, name: name.data, sha256: textSha256(body), body },
      renders: [...new Set(findContentRenders(content).map((render) => render.slug))],
      isNumbered: slug !== base,
      signs: findSigns(row.prompt),
    };
  };
}

function sentenceOf({ message, place: { line, column } }: Problem): string {
  return line === undefined ? message : `Line ${line}, column ${column}: ${message}`;
}
