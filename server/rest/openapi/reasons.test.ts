import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { joinReasons, REASONS } from './reasons.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Reasons that only pages and tRPC have: accounts, sign-in and the first prompt. */
const NOT_IN_REST = [
  ...[
    'api_keys_would_stop',
    'email_taken',
    'link_over',
    'magic_links_disabled',
    'mail_disabled',
    'not_first',
  ],
  ...['password_too_common', 'registrations_disabled', 'set_up_code_wrong', 'sign_in_failed'],
];

/** Returns the reasons in the source: of AppErrors, of the helpers that make them, and of renderings. */
async function reasonsInSource(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const folder of ['server', 'db', 'core']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!/\.ts$/.test(name) || /\.test\.ts$/.test(name) || /node_modules|openapi/.test(name)) continue;
      const file = join(root, folder, name);
      const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.Latest, true);
      collect(source, found);
    }
  }
  return found;
}

function collect(node: ts.Node, found: Set<string>): void {
  const addLiterals = (part: ts.Node | undefined): void => {
    if (!part) return;
    if (ts.isStringLiteral(part)) found.add(part.text);
    else if (ts.isConditionalExpression(part)) [part.whenTrue, part.whenFalse].forEach(addLiterals);
    else if (ts.isLiteralTypeNode(part)) addLiterals(part.literal);
    else if (ts.isUnionTypeNode(part)) part.types.forEach(addLiterals);
  };
  const addReasonsInside = (part: ts.Node): void => {
    if (ts.isPropertyAssignment(part) && part.name.getText() === 'reason') addLiterals(part.initializer);
    part.forEachChild(addReasonsInside);
  };
  if (ts.isNewExpression(node)) {
    if (node.expression.getText() === 'AppError') addReasonsInside(node);
    if (node.expression.getText() === 'AccessDenied') addLiterals(node.arguments?.[2]);
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'invalid') addLiterals(node.arguments[2]);
  if (ts.isTypeAliasDeclaration(node) && /^(Render|Stop)Reason$/.test(node.name.text)) addLiterals(node.type);
  if (ts.isVariableDeclaration(node) && node.name.getText() === 'FAILURES') addReasonsInside(node);
  node.forEachChild((child) => collect(child, found));
}

it('lists every reason that an error in the source can have', async () => {
  const inSource = await reasonsInSource();
  const listed = new Set<string>(Object.values(REASONS).flatMap((reasons) => Object.keys(reasons)));
  expect(inSource.size).toBeGreaterThan(50);
  expect([...inSource].filter((reason) => !listed.has(reason) && !NOT_IN_REST.includes(reason))).toEqual([]);
  expect(NOT_IN_REST.filter((reason) => !inSource.has(reason))).toEqual([]);
});

it('joins reasons of several sources in the order of the table, each once', () => {
  expect(
    joinReasons({ 404: ['not_found'] }, { 400: ['query.unknown', 'malformed'], 404: ['not_found'] }),
  ).toEqual([
    [400, ['malformed', 'query.unknown']],
    [404, ['not_found']],
  ]);
});
