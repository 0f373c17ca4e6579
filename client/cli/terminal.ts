import { createInterface } from 'node:readline/promises';

/** Where the command reads and writes. Results go to the standard output, everything else to the error output. */
export interface Terminal {
  /** A person watches: `status` is one line that changes. */
  isLive: boolean;
  /** A line of the result. */
  print(line: string): void;
  /** A line for people, beside the result. */
  tell(line: string): void;
  /** The progress. Replaces the line of the last call. Only if `isLive`. */
  status(line: string): void;
  /** Asks a person, and returns `undefined` if the input ends. Absent if no person is there. */
  ask?: (question: string) => Promise<string | undefined>;
}

interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';

type Input = NodeJS.ReadableStream & { isTTY?: boolean };

/**
 * @param errors progress is shown here as one changing line if it is a terminal
 * @param input read only if it and `errors` are terminals
 */
export function createTerminal(results: Output, errors: Output, input?: Input): Terminal {
  let isStatusShown = false;
  const clearStatus = () => {
    if (isStatusShown) errors.write(CLEAR_LINE);
    isStatusShown = false;
  };
  const ask = async (question: string): Promise<string | undefined> => {
    clearStatus();
    const lines = createInterface({ input: input as Input, output: errors as NodeJS.WritableStream });
    const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
    const answer = await Promise.race([lines.question(question), ended]);
    lines.close();
    return answer;
  };
  return {
    ...(errors.isTTY === true && input?.isTTY === true ? { ask } : {}),
    isLive: errors.isTTY === true,
    print: (line) => {
      clearStatus();
      results.write(`${printable(line)}\n`);
    },
    tell: (line) => {
      clearStatus();
      errors.write(`${printable(line)}\n`);
    },
    status: (line) => {
      // A line that wraps could not be taken back.
      errors.write(CLEAR_LINE + printable(line).slice(0, (errors.columns ?? 80) - 1));
      isStatusShown = true;
    },
  };
}

/** What servers and files say may hold control characters, which could rewrite the terminal of whoever reads it. */
function printable(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, '�');
}
