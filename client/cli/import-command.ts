import { open, type FileHandle } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { ImportProgress, ImportReport } from '../../server/schemas/imports.ts';
import type { CommandInput } from './command.ts';
import { CommandError, EXIT, wrongArguments } from './errors.ts';
import { streamImport } from './import-stream.ts';
import { createRestClient, findOrMakeSet, requireProject, type RestClient } from './rest.ts';
import type { Terminal } from './terminal.ts';

const HELP = `anvil import FILE.csv --project P --set S [--url URL] [--key KEY]

Imports the prompts of a CSV file, whose first line names the columns "name" and "prompt", into the draft of the prompt
set P/S. The project has to exist; the set is made when it does not. \${Name} and \${Name:default} become parameters.

  --project P   slug of the project
  --set S       slug of the prompt set
  --url URL     where Anvil is; else ANVIL_URL, else http://localhost:4000
  --key KEY     an API key with the scope write:prompts; else ANVIL_API_KEY, which other users of the machine can't see
  -h, --help    show this

Rows match prompts by their names: an equal row changes nothing, another text is a new revision, and a prompt that
somebody edited since its import is left as it is. A second run of a file that was cut off writes nothing twice.

Ends with 0 when all is fine, 1 when rows failed, 2 when it was called wrongly, 3 when the server refused or was not
reached.`;

const DEFAULT_URL = 'http://localhost:4000';
/** Without a terminal, one line of progress for so many rows. */
const PLAIN_LINE_EVERY_ROWS = 500;

interface ImportOptions {
  file: string;
  project: string;
  set: string;
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
    return await importFile(file, options, terminal);
  } finally {
    await file.close();
  }
}

async function importFile(file: FileHandle, options: ImportOptions, terminal: Terminal): Promise<number> {
  const client: RestClient = createRestClient(options);
  const project = await requireProject(client, options.project);
  const { set, isNew } = await findOrMakeSet(client, project, options.set);
  terminal.tell(isNew ? `The prompt set ${set.address} was made.` : `Importing into ${set.address}.`);

  let nextPlainLine = PLAIN_LINE_EVERY_ROWS;
  for await (const line of streamImport(client, set.id, file.createReadStream({ autoClose: false }))) {
    if (line.type === 'note') {
      const name = line.slug === null ? '' : ` (${line.slug})`;
      terminal.print(
        `Row ${line.row}${name} ${line.kind === 'failed' ? 'failed' : 'was left'}: ${line.message}`,
      );
    } else if (line.type === 'report') {
      return printReport(line, terminal);
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

function progressText(counts: ImportProgress): string {
  return `${countOf(counts.rows)} read: ${countsText(counts)}`;
}

function printReport(report: ImportReport, terminal: Terminal): number {
  terminal.print(`${report.address}: ${countOf(report.rows)}: ${countsText(report)}`);
  if (report.failed === 0) return EXIT.fine;
  terminal.tell('Mend the rows that failed and run it again: what is there is not written twice.');
  return EXIT.rowsFailed;
}

function countOf(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en-GB')} rows`;
}

function countsText(counts: Omit<ImportProgress, 'type' | 'rows'>): string {
  const { created, updated, unchanged, left, failed } = counts;
  return Object.entries({ created, updated, unchanged, left, failed })
    .map(([name, count]) => `${count.toLocaleString('en-GB')} ${name}`)
    .join(', ');
}

function readOptions(args: string[], env: CommandInput['env']): ImportOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [file, ...others] = positionals;
  if (file === undefined) throw wrongArguments('Which file? See anvil import --help.');
  if (others.length > 0) throw wrongArguments(`One file at a time; “${others.join(' ')}” is too much.`);
  const { project, set } = values;
  if (!project) throw wrongArguments('--project is required: the project that the prompts go to.');
  if (!set) throw wrongArguments('--set is required: the prompt set that the prompts go to.');
  const key = values.key ?? env.ANVIL_API_KEY ?? '';
  // Anything else could not be sent as a header.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw wrongArguments(
      key === ''
        ? 'An API key is needed, with the scope write:prompts. Make one on the page “API keys” and give it by ANVIL_API_KEY or --key.'
        : 'Invalid API key. Keys look like ank_ and 49 letters and digits.',
    );
  }
  return { file, project, set, key, url: readUrl(values.url ?? env.ANVIL_URL ?? DEFAULT_URL) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        project: { type: 'string' },
        set: { type: 'string' },
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
  throw wrongArguments(`“${text}” is no address of a server. It looks like https://anvil.example.com.`);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw wrongArguments(
      `${path} can’t be read: ${(error as NodeJS.ErrnoException).code ?? 'it can’t be opened'}.`,
    );
  }
  throw new CommandError(EXIT.wrongArguments, `${path} is no file.`);
}
