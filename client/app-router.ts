/**
 * The procedures of the server, by type alone. The package carries them written out in full (build-types.mjs), so that
 * who installs it needs neither the server nor what the server is made of.
 */
export type { AppRouter } from '../server/trpc/router.ts';
