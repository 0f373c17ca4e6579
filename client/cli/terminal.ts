/** Where the command writes: results go to the standard output, what is only for those who watch to the error output. */
export interface Terminal {
  /** A person watches: `status` is one line that changes. */
  isLive: boolean;
  /** A line of the result. */
  print(line: string): void;
  /** A line for people, beside the result. */
  tell(line: string): void;
  /** Where it stands. Takes the place of the status before; only when live. */
  status(line: string): void;
}

interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';

/** @param errors progress is shown here as one changing line when it is a terminal */
export function createTerminal(results: Output, errors: Output): Terminal {
  let isStatusShown = false;
  const clearStatus = () => {
    if (isStatusShown) errors.write(CLEAR_LINE);
    isStatusShown = false;
  };
  return {
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
