import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

let bundled: string | undefined;

/**
 * Starts the worker at `url`. Its TypeScript source is bundled in memory first: tsx doesn't reach into worker
 * threads on Node 20, and esbuild takes 0.1 s, once per process. In production the URL is that of the built file.
 */
export function startWorker(url: URL, options: WorkerOptions): Worker {
  if (!url.pathname.endsWith('.ts')) return new Worker(url, options);
  bundled ??= bundle(fileURLToPath(url));
  return new Worker(bundled, { ...options, eval: true });
}

function bundle(file: string): string {
  // Required here and not imported above: esbuild is no dependency of the built server.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  const [output] = outputFiles;
  if (!output) throw new Error('The render worker could not be bundled');
  return output.text;
}
