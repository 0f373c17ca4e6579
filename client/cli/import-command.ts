import { open, type FileHandle } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PLACEHOLDER_STYLES, type PlaceholderStyle } from '../../core/placeholder-signs.ts';
import type { ImportProgressLine, ImportReport } from '../../server/schemas/imports.ts';
import { choosePlaceholders, placeholderSentences } from './choose-placeholders.ts';
import type { CommandInput } from './command.ts';
import { CommandError, EXIT, wrongArguments } from './errors.ts';
import { streamImport } from './import-stream.ts';
import { createRestClient, requireProject, type RestClient } from './rest.ts';
import { scanFile } from './scan-file.ts';
import type { Terminal } from './terminal.ts';

const HELP = `anvil import FILE.csv --project P --set S [--placeholders STYLE] [--url URL] [--key KEY]

Imports the prompts of a CSV file into the draft of the prompt set P/S. The first line names the columns "name" and
"prompt", separated by commas, semicolons or tabs. The project has to exist; the set is created if it doesn't.

  --placeholders STYLE   what becomes parameters: none (each prompt stays exactly as it is), dollar (\${name} and
                         \${name:default}), mustache ({{name}}) or liquid (the prompts are Liquid templates). Without
                         this option the command asks if the file has any, or on no terminal takes none.
  --project P            slug of the project
  --set S                slug of the prompt set
  --url URL              address of Anvil; default: ANVIL_URL, or http://localhost:4000
  --key KEY              API key with the scope write:prompts; default: ANVIL_API_KEY, which other users can't see
  -h, --help             show this

Rows match prompts by their names: an equal row changes nothing, another text is a new revision, and a prompt that was
edited since its import stays as it is. Equal names are numbered. If an import is interrupted, run it again: it stores
nothing twice.

Exit codes: 0 success, 1 rows failed, 2 wrong arguments or unreadable file, 3 the server refused or wasn't reached.`;

const DEFAULT_URL = 'http://localhost:4000';
/** Without a terminal, one line of progress for so many rows. */
const PLAIN_LINE_EVERY_ROWS = 500;

interface ImportOptions {
  file: string;
  project: string;
  set: string;
  /** Absent if the command may ask. */
  placeholders: PlaceholderStyle | undefined;
  url: URL;
  key: string;
}

/**
 * Imports a file over the REST API.
 *
 * @returns the exit code
 * @throws CommandError
 */
export async function runImport({ args, env, terminal }: CommandInput): Promise<number> {
  const options = readOptions(args, env);
  if (options === 'help') {
    terminal.print(HELP);
    return EXIT.fine;
  }
  const file = await openFile(options.file);
  try {
    const found = await scanFile(file, options.file);
    const placeholders = options.placeholders ?? (await choosePlaceholders(found, terminal));
    return await importFile(file, { ...options, placeholders }, terminal);
  } finally {
    await file.close();
  }
}

async function importFile(
  file: FileHandle,
  options: ImportOptions & { placeholders: PlaceholderStyle },
  terminal: Terminal,
): Promise<number> {
  const client: RestClient = createRestClient(options);
  const { slug: project } = await requireProject(client, options.project);
  const { set, placeholders } = options;
  terminal.tell(`Importing into ${project}/${set}.`);

  let nextPlainLine = PLAIN_LINE_EVERY_ROWS;
  const stream = file.createReadStream({ autoClose: false, start: 0 });
  const onSent = showSending((await file.stat()).size, terminal);
  for await (const line of streamImport(client, { project, set, placeholders, file: stream, onSent })) {
    if (line.type === 'note') {
      const name = line.slug === null ? '' : ` (${line.slug})`;
      terminal.print(`Row ${line.row}${name} ${OUTCOMES[line.kind]}: ${line.message}`);
    } else if (line.type === 'report') {
      return printReport(line, placeholders, terminal);
    } else if (terminal.isLive) {
      terminal.status(progressText(line));
    } else if (line.rows >= nextPlainLine) {
      terminal.tell(progressText(line));
      nextPlainLine = line.rows + PLAIN_LINE_EVERY_ROWS;
    }
  }
  // streamImport ends with a report or throws.
  return EXIT.server;
}

const OUTCOMES = { failed: 'failed', left: 'was left', numbered: 'was numbered' };

/** Shows on a terminal how much of a file was sent. */
function showSending(size: number, terminal: Terminal): (bytes: number) => void {
  let shown = -1;
  return (bytes) => {
    const percent = Math.min(100, Math.floor((100 * bytes) / size));
    if (!terminal.isLive || percent === shown) return;
    shown = percent;
    terminal.status(`Sending: ${percent} %`);
  };
}

function progressText(line: ImportProgressLine): string {
  return `${line.percent} %, ${countOf(line.rows)} read: ${countsText(line)}`;
}

function printReport(report: ImportReport, placeholders: PlaceholderStyle, terminal: Terminal): number {
  terminal.print(`${report.address}: ${countOf(report.rows)}: ${countsText(report)}`);
  for (const sentence of placeholderSentences(report, placeholders)) terminal.print(sentence);
  if (report.failed === 0) return EXIT.fine;
  terminal.tell('Correct the rows that failed and run the command again: it stores nothing twice.');
  return EXIT.rowsFailed;
}

function countOf(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en-GB')} rows`;
}

function countsText(counts: ImportProgressLine | ImportReport): string {
  const { created, updated, unchanged, left, failed } = counts;
  return Object.entries({ created, updated, unchanged, left, failed })
    .map(([name, count]) => `${count.toLocaleString('en-GB')} ${name}`)
    .join(', ');
}

function readOptions(args: string[], env: CommandInput['env']): ImportOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [file, ...others] = positionals;
  if (file === undefined) throw wrongArguments('No file given. See anvil import --help.');
  if (others.length > 0)
    throw wrongArguments(`One file can be imported at a time. Remove "${others.join(' ')}".`);
  const { project, set } = values;
  if (!project) throw wrongArguments('--project is required: the project that the prompts go to.');
  if (!set) throw wrongArguments('--set is required: the prompt set that the prompts go to.');
  const placeholders = PLACEHOLDER_STYLES.find((style) => style === values.placeholders);
  if (values.placeholders !== undefined && !placeholders)
    throw wrongArguments(`--placeholders is one of ${PLACEHOLDER_STYLES.join(', ')}.`);
  const key = values.key ?? env.ANVIL_API_KEY ?? '';
  // Anything else could not be sent as a header.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw wrongArguments(
      key === ''
        ? 'No API key given. Create one with the scope write:prompts on the page "API keys", and set ANVIL_API_KEY or --key.'
        : 'Invalid API key. Keys look like ank_ and 49 letters and digits.',
    );
  }
  return { file, project, set, placeholders, key, url: readUrl(values.url ?? env.ANVIL_URL ?? DEFAULT_URL) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        project: { type: 'string' },
        set: { type: 'string' },
        placeholders: { type: 'string' },
        url: { type: 'string' },
        key: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Node goes on about positional arguments, which are not meant here.
    const [sentence = ''] = error instanceof TypeError ? error.message.split(/[.\n]/) : [];
    throw wrongArguments(`${sentence}. See anvil import --help.`);
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw wrongArguments(`"${text}" isn't the address of a server. Write it like https://anvil.example.com.`);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw wrongArguments(
      `${path} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Check its path.`,
    );
  }
  throw new CommandError(EXIT.wrongArguments, `${path} isn't a file.`);
}
