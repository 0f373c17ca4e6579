import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from './kubectl.ts';
import { must, ROOT, sh } from './shell.ts';

// It is fetched, not depended on, because it needs Node 22 and all models of Kubernetes.
const PACKAGE = '@kubernetes-models/gateway-api@2.0.0';

/**
 * Checks the spec of an object of Gateway API by the types of its models: unknown fields, wrong types and missing
 * fields are problems.
 *
 * @param folder shared by the tests of a run
 * @returns the errors of TypeScript, one per line; empty without problems
 */
export async function gatewayProblemsOf(folder: string, { kind, ...manifest }: Manifest): Promise<string> {
  const models = await fetchModels(folder);
  const file = join(models, `${kind}-${manifest.metadata.name}.ts`);
  const { spec } = manifest as unknown as { spec: unknown };
  await writeFile(
    file,
    `import type { I${kind}Spec } from './${manifest.apiVersion}/${kind}Spec.js';\n` +
      `export const spec: I${kind}Spec = ${JSON.stringify(spec, undefined, 2)};\n`,
  );
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'];
  const { code, stdout } = await sh(join(ROOT, 'node_modules/.bin/tsc'), [...options, file], { cwd: models });
  return code === 0 ? '' : stdout;
}

async function fetchModels(folder: string): Promise<string> {
  const models = join(folder, 'gateway-api');
  if (existsSync(models)) return models;
  const packed = await must('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], {
    cwd: folder,
  });
  const archive = join(folder, packed.trim());
  await mkdir(models);
  await must('tar', ['-xzf', archive, '-C', models, '--strip-components=1']);
  await rm(archive);
  return models;
}
