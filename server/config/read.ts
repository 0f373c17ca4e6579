import { readFileSync } from 'node:fs';
import { VARIABLE_NAMES, VARIABLES, type Variable, type VariableName } from './variables.ts';

/** The environment as the operating system gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigProblem {
  variable: string;
  /** What it wants, behind the name and a colon. */
  message: string;
}

export interface Given {
  /** Texts by name; a secret's file is read already, fallbacks are not filled in. */
  texts: Partial<Record<VariableName, string>>;
  /** Where a text comes from, for those that have one: the path of a file, or the environment itself. */
  files: Partial<Record<VariableName, string>>;
  problems: ConfigProblem[];
}

/**
 * Takes Anvil's variables out of an environment. Each secret may be given as `NAME_FILE`, a file that holds it (the
 * line break at its end is none of it). An empty variable is a missing one.
 */
export function readEnvironment(environment: Environment): Given {
  const given: Given = { texts: {}, files: {}, problems: [] };
  for (const name of VARIABLE_NAMES) {
    const text = environment[name] || undefined;
    const variable = `${name}_FILE`;
    const path = (isSecret(name) && environment[variable]) || undefined;
    if (text !== undefined) given.texts[name] = text;
    if (path === undefined) continue;
    if (text !== undefined) {
      given.problems.push({ variable, message: `is set beside ${name}; set one of the two` });
      continue;
    }
    try {
      given.texts[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined;
      given.files[name] = path;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      given.problems.push({ variable, message: `names a file that can’t be read: ${path} (${code})` });
    }
  }
  return given;
}

/** @returns whether a variable is never shown */
export function isSecret(name: VariableName): boolean {
  return (VARIABLES[name] as Variable).secret === true;
}
