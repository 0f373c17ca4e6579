import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Release } from '#db/release.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** build/ if this is the bundle. */
const HERE = import.meta.dirname;

/** The release that runs. `/health`, `--version`, the log, metrics and archives show it. */
export const RELEASE: Release = { version: packageJson.version, commit: readCommit() };

/** The build writes `build/commit`. Sources that run without a build have no commit. */
function readCommit(): string {
  if (basename(HERE) !== 'build') return 'unknown';
  try {
    const text = readFileSync(join(HERE, 'commit'), 'utf8').trim();
    return /^[0-9a-f]{40}(-modified)?$/.test(text) ? text : 'unknown';
  } catch {
    return 'unknown';
  }
}
