import { request as requestByHttp, type IncomingMessage } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import type { ErrorBody } from '../../server/errors.ts';
import type { PlaceholderStyle } from '../../core/placeholder-signs.ts';
import type { ImportNote, ImportProgressLine, ImportReport } from '../../server/schemas/imports.ts';
import { CommandError, EXIT } from './errors.ts';
import { notReached, refusal, RefusedError, type RestClient } from './rest.ts';

export type ImportLine = ImportNote | ImportProgressLine | ImportReport;

export interface ImportedFile {
  /** Slugs. The set is created if it doesn't exist. */
  project: string;
  set: string;
  placeholders: PlaceholderStyle;
  file: Readable;
  /** Called with how many bytes of the file were sent. */
  onSent: (bytes: number) => void;
}

/** Neither of both sides sent anything for so long: the other one is gone without a word. */
const IDLE_MS = 120_000;

/**
 * Sends a CSV file as it is read and gives the lines of the answer as they come, the report last.
 *
 * Not by fetch: that an answer comes while the body is still being sent is not what it promises.
 *
 * @throws CommandError when the server refuses, or when the connection ends before the report
 */
export async function* streamImport(
  client: RestClient,
  { project, set, placeholders, file, onSent }: ImportedFile,
): AsyncGenerator<ImportLine> {
  const [projectPart, setPart] = [project, set].map(encodeURIComponent);
  const url = client.urlOf(
    `/projects/${projectPart}/prompt_sets/${setPart}/import?placeholders=${placeholders}`,
  );
  const request = (url.protocol === 'https:' ? requestByHttps : requestByHttp)(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'text/csv' },
    timeout: IDLE_MS,
  });
  request.on('timeout', () => request.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject); // After the answer began it comes out of the answer too.
  });
  let fileError: Error | undefined;
  file.once('error', (error) => (fileError = error));
  pipeline(file, countBytes(onSent), request, () => undefined);

  let stored = 0;
  try {
    const answer = await answered;
    if (answer.statusCode !== 200) throw refusal(url, answer.statusCode ?? 0, await readAll(answer));
    for await (const line of readLines(answer)) {
      if (line.type === 'error') {
        const message = `${line.error.message} ${storedText(line.stored)}`;
        throw new RefusedError(200, { ...line.error, message });
      }
      if (line.type === 'progress') stored = line.created + line.updated + line.unchanged;
      yield line;
      if (line.type === 'report') return;
    }
    throw cutOff(stored);
  } catch (error) {
    if (fileError)
      throw new CommandError(EXIT.wrongArguments, `The file can't be read to its end: ${fileError.message}`);
    if (error instanceof CommandError) throw error;
    throw (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
      ? notReached(url, error)
      : cutOff(stored, error);
  } finally {
    request.destroy();
  }
}

function countBytes(onCount: (bytes: number) => void) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let count = 0;
    for await (const chunk of chunks) {
      yield chunk;
      count += chunk.length;
      onCount(count);
    }
  };
}

function cutOff(stored: number, cause?: unknown): CommandError {
  return new CommandError(EXIT.server, `The connection was lost. ${storedText(stored)}`, cause);
}

function storedText(stored: number): string {
  const rows = stored === 1 ? '1 row is' : `${stored.toLocaleString('en-GB')} rows are`;
  return `${rows} stored. Run the command again: it stores nothing twice.`;
}

async function* readLines(
  answer: Readable,
): AsyncGenerator<ImportLine | ({ type: 'error'; stored: number } & ErrorBody)> {
  answer.setEncoding('utf8');
  let rest = '';
  for await (const chunk of answer as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as ImportLine;
  }
}

async function readAll(answer: Readable): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer as AsyncIterable<string>) text += chunk;
  return text;
}
