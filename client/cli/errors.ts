/** What the command ends with; part of its interface, since scripts read it. */
export const EXIT = { fine: 0, rowsFailed: 1, wrongArguments: 2, server: 3 } as const;

/** The command can't go on. The message is for people; show it as it is. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/** Something about how the command was called, told with where its help is. */
export function wrongArguments(message: string): CommandError {
  return new CommandError(EXIT.wrongArguments, message);
}
