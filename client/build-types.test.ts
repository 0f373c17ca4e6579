import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { namedTypes } from './build-types.mjs';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-types-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function namesOf(sources: Record<string, string>): Promise<string[]> {
  const files = Object.keys(sources).map((name) => join(folder, name));
  for (const [name, source] of Object.entries(sources)) await writeFile(join(folder, name), source);
  const program = ts.createProgram(files, { strict: true, noLib: true });
  return [...namedTypes(ts, program, files).values()];
}

it('keeps the names of exported unions and objects', async () => {
  const sources = {
    'one.ts': "export type Role = 'user' | 'tool';",
    'two.ts': 'export interface Thing { a: 1 }',
  };
  expect(await namesOf(sources)).toEqual(['Role', 'Thing']);
});

it('refuses two types of one name, which one printed declaration would stand for', async () => {
  const sources = {
    'messages.ts': "export type Role = 'user' | 'tool';",
    'members.ts': "export type Role = 'owner' | 'viewer';",
  };
  await expect(namesOf(sources)).rejects.toThrow(/messages\.ts and .*members\.ts both export a type Role/);
});
