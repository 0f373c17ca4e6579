/** A build of Anvil: the version in package.json, and the commit that it was built from. */
export interface Release {
  version: string;
  /** 40 hexadecimal digits, with `-modified` if the sources were changed after that commit; or `unknown`. */
  commit: string;
}

/** Returns the release as people read it: `0.2.0 (commit 2ba09bf…)`. */
export function describeRelease({ version, commit }: Release): string {
  return `${version} (commit ${commit})`;
}

/** Returns the release as one word, for databases and metrics: `0.2.0+2ba09bf…`, with the build metadata of semver. */
export function releaseId({ version, commit }: Release): string {
  return `${version}+${commit}`;
}
