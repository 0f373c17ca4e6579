import semver from 'semver';
import { highestNumber, isPrerelease, parseVersion, promotedNumber, type ParsedVersion } from './version.ts';

/** Proposes the number of the next version, and checks a requested number. */

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
 * Judges a requested number: the proposed one, a higher one, or a pre-release of either.
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

/** A clause for the middle of a sentence. */
function why({ reason, level }: { reason?: string; level: Level }, base: string): string {
  if (reason)
    return reason.replace(/\.$/, '').replace(/^(?:The|A|An|It|Its)(?= )/, (word) => word.toLowerCase());
  if (level === 'major') return `calls that worked with ${base} can break`;
  return level === 'minor' ? `something was added since ${base}` : `${base} is published already`;
}
