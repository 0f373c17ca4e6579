import { compareVersions, promotedNumber } from '@anvil/core/version';
import type { NextVersionView } from '#server/schemas/versions.ts';

/** A number that the draft can be published as, and what choosing it means. */
export interface VersionChoice {
  number: string;
  hint: string;
}

/** What the form sends as its number when the number stands in the field beside it. */
export const OTHER_NUMBER = 'other';

/**
 * The number that a publish form asks for.
 *
 * @param number the chosen one, `OTHER_NUMBER`, or empty for the proposed one
 * @param other as typed into the field
 * @returns the number, or what to say at the choice: a version can't be taken back, so nothing is guessed
 */
export function chosenNumber(
  number: string,
  other: string,
): { ok: true; number: string | undefined } | { ok: false; message: string } {
  const typed = other.trim();
  if (number !== OTHER_NUMBER) {
    return typed === ''
      ? { ok: true, number: number || undefined }
      : { ok: false, message: `Choose “Another number” to publish ${typed}, or empty its field.` };
  }
  return typed === ''
    ? { ok: false, message: 'Write the other number, or choose one of those above.' }
    : { ok: true, number: typed };
}

/**
 * The numbers that the publish page offers: the proposed one first, a pre-release of it, and the next major (for a
 * first version 0.1.0), whoever wants that.
 *
 * @param isFirst nothing of the set is published yet, not even a pre-release
 */
export function versionChoices(
  next: Pick<NextVersionView, 'number' | 'prerelease' | 'base' | 'level'>,
  isFirst: boolean,
): VersionChoice[] {
  const { number, prerelease, base, level } = next;
  if (!number) return [];
  const release = promotedNumber(number);
  const choices: VersionChoice[] = [{ number: release, hint: hintOf(release, base, level) }];
  if (prerelease)
    choices.push({ number: prerelease, hint: 'Pre-release. Only callers that ask for it get it.' });
  if (!base && isFirst)
    choices.push({ number: '0.1.0', hint: 'Below 1.0.0, a minor version may break callers.' });
  if (base) {
    const major = `${Number(base.split('.')[0]) + 1}.0.0`;
    if (compareVersions(major, release) > 0) {
      choices.push({ number: major, hint: 'Major. Callers get it only after they change their range.' });
    }
  }
  return choices;
}

function hintOf(number: string, base: string | null, level: NextVersionView['level']): string {
  if (!base) return 'The first version.';
  const [major, minor] = base.split('.');
  const range = major === '0' ? `^0.${minor}` : `^${major}`;
  if (level === 'major') return `Breaking. Callers on ${range} get it only after they change their range.`;
  return `${level === 'minor' ? 'Minor' : 'Patch'}. Calls that gave no warning keep working.`;
}
