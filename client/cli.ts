#!/usr/bin/env node
import { runCommand } from './cli/command.ts';
import { createTerminal } from './cli/terminal.ts';

// The command `anvil`. The only file of client/ that does something when it is loaded and reads the environment.
process.exitCode = await runCommand({
  args: process.argv.slice(2),
  env: process.env,
  terminal: createTerminal(process.stdout, process.stderr, process.stdin),
});
