// For tests, which bundle the command as the build does.

/** Bundles the server and the script of its render workers into `outdir`. */
export function buildServer(outdir: string): Promise<void>;
