import semver from 'semver';

/** Version numbers: reading, comparing and picking them, by npm's semver rules. next-version.ts proposes them. */

export type ParsedVersion = { ok: true; version: string } | { ok: false; message: string };

/** One version of a set, as far as picking needs it. */
export interface Candidate {
  number: string;
  yanked: boolean;
}

/** The selectors that the list of numbers answers alone; address.ts adds labels and drafts, which are looked up. */
export type NumberSelector =
  { kind: 'version'; version: string } | { kind: 'range'; range: string } | { kind: 'latest' };

export type Picked<T> = { ok: true; version: T } | { ok: false; message: string };

/**
 * Reads one exact version number, with or without a leading `v`, and gives it in its normal form.
 * @returns the number without the `v`, or a sentence that says what is wrong
 */
export function parseVersion(text: string): ParsedVersion {
  const form = 'Write three numbers, such as 1.4.2, or a pre-release of them, such as 2.0.0-rc.1';
  const trimmed = text.trim();
  if (trimmed.includes('+')) {
    return {
      ok: false,
      message: `“${trimmed}” carries build metadata (after the +), which versions here do not have. ${form}.`,
    };
  }
  const parsed = /^v?\d/.test(trimmed) ? semver.parse(trimmed) : null;
  if (parsed === null) return { ok: false, message: `“${trimmed}” is not a version number. ${form}.` };
  return { ok: true, version: parsed.version };
}

/**
 * Orders two version numbers by semver precedence.
 * @returns less than 0 when `a` is the lower, 0 when equal, more than 0 when the higher
 * @throws TypeError when one is not a version number
 */
export function compareVersions(a: string, b: string): number {
  return semver.compare(a, b);
}

/**
 * Whether a version number is a pre-release.
 * @throws TypeError when it is not a version number
 */
export function isPrerelease(version: string): boolean {
  return new semver.SemVer(version).prerelease.length > 0;
}

/**
 * The release that a pre-release leads to: `2.0.0-rc.1` → `2.0.0`. A release is its own.
 * @throws TypeError when it is not a version number
 */
export function promotedNumber(version: string): string {
  const { major, minor, patch } = new semver.SemVer(version);
  return `${major}.${minor}.${patch}`;
}

/** The version that the label `latest` stands on: the highest release that is not yanked. */
export function latestVersion<T extends Candidate>(versions: readonly T[]): T | undefined {
  return highest(versions.filter((version) => !version.yanked && !isPrerelease(version.number)));
}

/**
 * Finds the version that a selector means.
 * Exact numbers get yanked versions too; a range gets one only when nothing else matches, and a pre-release only
 * when it names one (https://github.com/npm/node-semver#prerelease-tags); `latest` gets neither.
 * @param versions every version of one set, in any order
 * @returns the item picked, or a sentence that says why there is none and what to ask for
 */
export function pickVersion<T extends Candidate>(
  versions: readonly T[],
  selector: NumberSelector,
): Picked<T> {
  if (versions.length === 0) return { ok: false, message: 'Nothing has been published here yet.' };
  switch (selector.kind) {
    case 'version':
      return pickExact(versions, selector.version);
    case 'range':
      return pickRange(versions, selector.range);
    case 'latest':
      return pickLatest(versions);
  }
}

function pickExact<T extends Candidate>(versions: readonly T[], number: string): Picked<T> {
  const version = versions.find((candidate) => candidate.number === number);
  if (version !== undefined) return { ok: true, version };
  return { ok: false, message: `There is no version ${number}. ${newest(versions)}` };
}

function pickRange<T extends Candidate>(versions: readonly T[], range: string): Picked<T> {
  const version = highestMatch(versions, range);
  if (version !== undefined) return { ok: true, version };
  const hidden = highest(
    versions.filter(
      ({ number }) => isPrerelease(number) && semver.satisfies(number, range, { includePrerelease: true }),
    ),
  );
  if (hidden !== undefined) {
    return { ok: false, message: `No release matches ${range}: ${onlyPrerelease(versions, hidden.number)}` };
  }
  return { ok: false, message: `No version matches ${range}. ${newest(versions)}` };
}

function pickLatest<T extends Candidate>(versions: readonly T[]): Picked<T> {
  const version = latestVersion(versions);
  if (version !== undefined) return { ok: true, version };
  const release = highest(versions.filter(({ number }) => !isPrerelease(number)));
  if (release !== undefined) {
    const message = `Every release is yanked, so latest names none. Ask for ${release.number} by its exact number.`;
    return { ok: false, message };
  }
  return {
    ok: false,
    message: `There is no release yet: ${onlyPrerelease(versions, highest(versions)?.number ?? '')}`,
  };
}

/** By npm's rules among what is not yanked, else among all. */
function highestMatch<T extends Candidate>(versions: readonly T[], range: string): T | undefined {
  const parsed = new semver.Range(range);
  const matching = versions.filter(({ number }) => parsed.test(number));
  return highest(matching.filter((version) => !version.yanked)) ?? highest(matching);
}

function highest<T extends Candidate>(versions: readonly T[]): T | undefined {
  return versions.reduce<T | undefined>(
    (best, version) => (best === undefined || semver.gt(version.number, best.number) ? version : best),
    undefined,
  );
}

/** "only 1.0.0-rc.1 exists; ask for it by ^1.0.0-rc." – with the widest of the usual ranges that really finds it. */
function onlyPrerelease(versions: readonly Candidate[], number: string): string {
  const start = `${promotedNumber(number)}-${new semver.SemVer(number).prerelease[0]}`;
  const wide = [`^${start}`, `~${start}`].find((range) => highestMatch(versions, range)?.number === number);
  return `only ${number} exists; ask for it by ${wide ?? number}.`;
}

function newest(versions: readonly Candidate[]): string {
  const release = latestVersion(versions) ?? highest(versions);
  return release === undefined ? '' : `The newest is ${release.number}.`;
}

/** Returns the highest of some version numbers. */
export function highestNumber(numbers: readonly string[]): string | undefined {
  return highest(numbers.map((number) => ({ number, yanked: false })))?.number;
}
