import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';
import { ROOT } from './shell.ts';

export interface Step {
  id?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

export interface Job {
  if?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  needs?: string | string[];
  environment?: unknown;
  container?: string | { image: string };
  env?: Record<string, string>;
  steps: Step[];
  strategy?: { matrix: Record<string, unknown[]> };
}

export interface Workflow {
  name: string;
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  concurrency: { group: string; 'cancel-in-progress': boolean | string };
  env?: Record<string, string>;
  jobs: Record<string, Job>;
}

export const WORKFLOWS = join(ROOT, '.github/workflows');

/** @returns the text of each workflow by its file name */
export async function readWorkflowTexts(): Promise<Map<string, string>> {
  const files = await readdir(WORKFLOWS);
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, await readFile(join(WORKFLOWS, file), 'utf8')] as const),
    ),
  );
}

export async function readWorkflow(file: string): Promise<Workflow> {
  return parse(await readFile(join(WORKFLOWS, file), 'utf8')) as Workflow;
}

/** What the expressions of a workflow read: `github`, `vars`, `inputs`, `steps`, … */
export type Contexts = Record<string, Record<string, unknown>>;

/** A context in which what isn't set is empty, as GitHub has it. */
export const orEmpty = (values: Record<string, unknown>) =>
  new Proxy(values, { get: (target, name) => Reflect.get(target, name) ?? '' });

/** Evaluates an expression of GitHub's, whose operators are JavaScript's as far as this repository uses them. */
export function evaluate(expression: string, contexts: Contexts): unknown {
  return runInNewContext(expression, contexts);
}

/** Replaces each `${{ expression }}`. */
export function interpolate(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_match, expression: string) =>
    String(evaluate(expression, contexts)),
  );
}
