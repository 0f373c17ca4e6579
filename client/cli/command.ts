import { CommandError, EXIT, wrongArguments } from './errors.ts';
import { runImport } from './import-command.ts';
import type { Terminal } from './terminal.ts';

/** What a command gets of its process. */
export interface CommandInput {
  /** Without the program's own name. */
  args: string[];
  env: Record<string, string | undefined>;
  terminal: Terminal;
}

const HELP = `anvil: the command of Anvil, the package manager for LLM prompts

  anvil import FILE.csv --project P --set S    import prompts into the draft of a prompt set
  anvil --help                                 show this
  anvil COMMAND --help                         show what a command takes

ANVIL_URL says where Anvil is (http://localhost:4000 when not set), ANVIL_API_KEY holds an API key.`;

/** @returns the exit code */
export async function runCommand({ args, env, terminal }: CommandInput): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      terminal.print(HELP);
      return EXIT.fine;
    }
    if (name === undefined) throw wrongArguments(`No command given.\n\n${HELP}`);
    if (name !== 'import') throw wrongArguments(`There is no command or option "${name}". See anvil --help.`);
    return await runImport({ args: rest, env, terminal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.tell(error.message);
    return error.exitCode;
  }
}
