import semver from 'semver';

/** Version numbers: reading, comparing, picking and proposing them, by npm's semver rules. */

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

/** How much the draft changes the contract; core/contract computes it. */
export type Level = 'major' | 'minor' | 'patch';

export interface NextVersionInput {
  /** Every number the set has ever used, yanked and withdrawn ones too, in any order. */
  existing: readonly string[];
  /** The release that the draft was compared with; `undefined` when there is none yet. */
  base: string | undefined;
  level: Level;
  /** `patch`: the draft patches the line `major.minor` of the base, whatever has been released above it. */
  line?: 'main' | 'patch';
}

/**
 * Proposes the number for what is about to be published: at least what the level asks for (below 1.0.0 a breaking
 * change raises the minor and all else the patch, as npm's `^` expects), and higher than all of the line.
 */
export function nextVersion(input: NextVersionInput): string {
  const { required, newest } = lineOf(input);
  if (required === undefined) return newest === undefined ? '1.0.0' : promotedNumber(newest);
  if (newest === undefined || semver.gt(required, newest)) return required;
  return isPrerelease(newest)
    ? promotedNumber(newest)
    : raise(newest, input.line === 'patch' ? 'patch' : input.level);
}

/**
 * Judges the number that somebody asks for: the proposed one, a higher one, or a pre-release of either.
 * @param input as for `nextVersion`; `requested` may have a leading `v`; `reason` says why the level is what it is,
 *   as a clause or a whole sentence, e.g. "The parameter tone of welcome is gone."
 * @returns the number in its normal form, or a sentence that says what it must be
 */
export function checkRequestedVersion(
  input: NextVersionInput & { requested: string; reason?: string },
): ParsedVersion {
  const parsed = parseVersion(input.requested);
  if (!parsed.ok) return parsed;
  const message = whyNot(parsed.version, input);
  return message === undefined ? parsed : { ok: false, message };
}

function whyNot(version: string, input: NextVersionInput & { reason?: string }): string | undefined {
  const { base, required, newest } = lineOf(input);
  const release = promotedNumber(version);
  const least = nextVersion(input);
  if (input.existing.includes(version)) {
    return `${version} is taken, and a number is never used twice. It must be at least ${least}.`;
  }
  if (required === undefined || base === undefined) {
    if (release !== '1.0.0' && semver.major(version) > 0) {
      return `${version} is too high: a first version is 1.0.0, any 0.x such as 0.1.0, or a pre-release of them.`;
    }
  } else {
    if (input.line === 'patch' && input.level !== 'patch') {
      return `This is a ${input.level} change (${why(input, base)}), and only patch changes can go into the line ${lineName(base)}.`;
    }
    if (input.line === 'patch' && lineName(version) !== lineName(base)) {
      return `${version} is outside the line ${lineName(base)}, so it cannot patch ${base}. Use ${least}.`;
    }
    if (semver.lt(release, required)) {
      return `${version} is too low: ${why(input, base)}, so it must be at least ${least}.`;
    }
  }
  if (newest !== undefined && semver.lt(version, newest)) {
    return `${version} is too low: ${newest} is published already, so it must be at least ${least}.`;
  }
  return undefined;
}

/** What a new number is held against: the release compared with, what its level asks for, the line's highest. */
function lineOf({ existing, base, level, line }: NextVersionInput): {
  base: string | undefined;
  required: string | undefined;
  newest: string | undefined;
} {
  if (line === 'patch' && base !== undefined) {
    const ofLine = existing.filter((number) => lineName(number) === lineName(base));
    return { base, required: raise(base, 'patch'), newest: highestNumber([...ofLine, base]) };
  }
  const last = base ?? highestNumber(existing.filter((number) => !isPrerelease(number)));
  if (last === undefined) return { base: last, required: undefined, newest: highestNumber(existing) };
  return { base: last, required: raise(last, level), newest: highestNumber([...existing, last]) };
}

function raise(release: string, level: Level): string {
  const { major, minor, patch } = new semver.SemVer(release);
  if (major > 0 && level === 'major') return `${major + 1}.0.0`;
  if (major > 0 ? level === 'minor' : level === 'major') return `${major}.${minor + 1}.0`;
  return `${major}.${minor}.${patch + 1}`;
}

function lineName(version: string): string {
  return `${semver.major(version)}.${semver.minor(version)}`;
}

function highestNumber(numbers: readonly string[]): string | undefined {
  return highest(numbers.map((number) => ({ number, yanked: false })))?.number;
}

/** A clause for the middle of a sentence. */
function why({ reason, level }: { reason?: string; level: Level }, base: string): string {
  if (reason)
    return reason.replace(/\.$/, '').replace(/^(?:The|A|An|It|Its)(?= )/, (word) => word.toLowerCase());
  if (level === 'major') return `calls that worked with ${base} can break`;
  return level === 'minor' ? `something was added since ${base}` : `${base} is published already`;
}
