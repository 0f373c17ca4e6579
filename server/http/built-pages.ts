import { createRequestHandler, type ServerBuild } from '@remix-run/node';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PagesSource } from './pages.ts';

/**
 * Pages as `npm run build` made them.
 *
 * @param folder build/, with client/ and remix/
 */
export function builtPages(folder: string): PagesSource {
  return async () => {
    const build = (await import(pathToFileURL(join(folder, 'remix/index.js')).href)) as ServerBuild;
    return {
      handle: createRequestHandler(build, 'production'),
      clientFolder: join(folder, 'client'),
      development: false,
    };
  };
}
