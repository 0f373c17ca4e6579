import { PLACEHOLDER_STYLES, type PlaceholderStyle } from '../../core/placeholder-signs.ts';
import type { ImportReport } from '../../server/schemas/imports.ts';
import { CommandError, EXIT } from './errors.ts';
import type { PlaceholderCounts } from './scan-file.ts';
import type { Terminal } from './terminal.ts';

const FORMS = { dollar: '${name}', mustache: '{{name}}', liquid: 'tags or filters of Liquid' };
const KINDS = ['dollar', 'mustache', 'liquid'] as const;

const CONSEQUENCES: Record<PlaceholderStyle, string> = {
  none: 'none: each prompt stays exactly as it is',
  dollar: '${name} and ${name:default}',
  mustache: '{{name}}',
  liquid: 'what Liquid reads: the prompts are Liquid templates',
};

/**
 * Asks which placeholders become parameters, if the file has any and a person is there to answer. Otherwise none do.
 *
 * @throws CommandError if the person ends the input
 */
export async function choosePlaceholders(
  found: PlaceholderCounts,
  terminal: Terminal,
): Promise<PlaceholderStyle> {
  const signs = KINDS.filter((kind) => found[kind] > 0);
  if (signs.length === 0 || !terminal.ask) return 'none';
  const counts = signs.map((kind) => `${FORMS[kind]} (${found[kind].toLocaleString('en-GB')})`);
  terminal.tell(`The file has text that looks like placeholders: ${counts.join(', ')}.`);
  terminal.tell('What becomes parameters?');
  PLACEHOLDER_STYLES.forEach((style, index) => terminal.tell(`  ${index + 1}  ${CONSEQUENCES[style]}`));
  for (;;) {
    const answer = await terminal.ask('Choose 1 to 4 (1): ');
    if (answer === undefined) throw new CommandError(EXIT.wrongArguments, 'Nothing was imported.');
    const style = styleOf(answer.trim().toLowerCase());
    if (style) return style;
  }
}

function styleOf(answer: string): PlaceholderStyle | undefined {
  if (answer === '') return 'none';
  return PLACEHOLDER_STYLES.find((style, index) => answer === style || answer === String(index + 1));
}

/** Sentences that say how many rows have which placeholders, and what became of these. */
export function placeholderSentences(
  { placeholders }: Pick<ImportReport, 'placeholders'>,
  style: PlaceholderStyle,
): string[] {
  return KINDS.filter((kind) => placeholders[kind] > 0).map((kind) => {
    const count = placeholders[kind];
    const rows = count === 1 ? '1 row has' : `${count.toLocaleString('en-GB')} rows have`;
    const isConverted = style === kind || (style === 'liquid' && kind === 'mustache');
    return isConverted
      ? `${rows} ${FORMS[kind]}: converted.`
      : `${rows} ${FORMS[kind]}: kept as text. Convert with --placeholders ${kind}.`;
  });
}
