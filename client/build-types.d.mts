import type ts from 'typescript';

export function printAppRouter(): Promise<string>;
export function namedTypes(
  typescript: typeof ts,
  program: ts.Program,
  files: readonly string[],
): Map<ts.Type, string>;
