import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificates } from './shapes.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('certificates', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anvil-certificates-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const parse = (path: string) => certificates.schema.safeParse(path);

  it('takes the file that a Kubernetes volume holds', () => {
    mkdirSync(join(folder, '..2026_11_30'));
    writeFileSync(join(folder, '..2026_11_30/database-ca.pem'), PEM);
    symlinkSync('..2026_11_30', join(folder, '..data'));
    symlinkSync('..data/database-ca.pem', join(folder, 'database-ca.pem'));
    expect(parse(folder)).toEqual({ success: true, data: join(folder, 'database-ca.pem') });
  });

  it('adds nothing for an empty folder, as of a volume whose key is missing', () => {
    mkdirSync(join(folder, '..2026_11_30'));
    symlinkSync('..2026_11_30', join(folder, '..data'));
    expect(parse(folder)).toEqual({ success: true, data: undefined });
  });

  it.each<[string, Record<string, string>]>([
    ['several files', { 'a.pem': PEM, 'b.pem': PEM }],
    ['a file that holds no certificate', { 'a.pem': 'nothing of the kind' }],
  ])('refuses a folder with %s', (_what, files) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    expect(parse(folder).success).toBe(false);
  });

  it('refuses a folder that is missing', () => {
    expect(parse(join(folder, 'missing')).success).toBe(false);
  });
});
