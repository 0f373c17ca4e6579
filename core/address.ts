import semver from 'semver';
import { checkSlug } from './slug.ts';
import { parseVersion, type NumberSelector } from './version.ts';

/**
 * The one grammar of addresses, for server, client and pages:
 *
 *     [@organisation/]project/prompt_set[/prompt][@selector]
 *
 * Every string either parses or gives a sentence that names the right form; `parse ∘ print` is the identity.
 */

/** What stands after the `@`: which state of the set is meant. `latest` is meant when nothing stands there. */
export type Selector = NumberSelector | { kind: 'label'; name: string } | { kind: 'draft' };

export interface Address {
  /** Slug. An API key belongs to one organisation, so an address needs none; when given it must match. */
  organisation?: string;
  project: string;
  set: string;
  /** Absent: the whole set. */
  prompt?: string;
  selector: Selector;
}

export type ParsedSelector = { ok: true; selector: Selector } | { ok: false; message: string };
export type ParsedAddress = { ok: true; address: Address } | { ok: false; message: string };

const LABEL_LENGTH_MAX = 36;
const LABEL_FORM = /^[a-z][a-z0-9._-]{0,35}$/;
const RESERVED_LABELS: readonly string[] = ['latest', 'draft'];
/** Text that semver reads as a range or a version, after any number of `v`: `x`, `v1`, `vv1.x`, `v1.2.3-rc.1`. */
const RANGE_LIKE = (() => {
  const number = '(?:0|[1-9][0-9]*)';
  const identifier = '(?:0|[1-9][0-9]*|[0-9]*[a-z-][a-z0-9-]*)';
  const prerelease = `(?:-${identifier}(?:\\.${identifier})*)?`;
  const wild = `x(?:\\.x${prerelease})?`;
  return `v*(?:x(?:\\.${wild})?|${number}(?:\\.(?:${wild}|${number}(?:\\.(?:x|${number})${prerelease})?))?)`;
})();
/** The names that `checkLabelName` accepts. */
export const LABEL_PATTERN = new RegExp(`^(?!(?:latest|draft|${RANGE_LIKE})$)[a-z][a-z0-9._-]{0,35}$`);

/** semver's own limit for a version; a range that is longer is nothing a person wrote. */
const RANGE_LENGTH_MAX = 256;
/** Four slugs of 64, a selector and what is between them, percent-encoded. */
const ADDRESS_LENGTH_MAX = 2_048;

const ADDRESS_FORM = 'Write project/prompt_set/prompt@selector, for example support/emails/welcome@^1.4';
const SELECTOR_FORM =
  'Write a version (1.4.2), a range (^1.4, 1.x), a label (production), draft or latest after the @';

/**
 * Says what is wrong with the name of a label that somebody wants to make.
 * @returns a sentence, or `undefined` when the name is right
 */
export function checkLabelName(name: string): string | undefined {
  const form = 'Use 1 to 36 of a-z, 0-9, ., _ and -, beginning with a letter';
  if (name.length > LABEL_LENGTH_MAX) return `The label has ${name.length} characters. ${form}.`;
  if (!LABEL_FORM.test(name)) return `This is not a label. ${form}, for example production.`;
  if (name === 'latest')
    return 'latest moves automatically: it is always the highest release. Choose another name.';
  if (name === 'draft') return 'draft names the working state and cannot be a label. Choose another name.';
  if (!LABEL_PATTERN.test(name)) {
    return `“${name}” reads as a range of versions and cannot be a label. Choose another name.`;
  }
  return undefined;
}

/**
 * Reads what stands after the `@` of an address.
 * @returns the selector in its normal form (no `v`, single spaces), or a sentence that names the right form
 */
export function parseSelector(text: string): ParsedSelector {
  const selector = text.trim().replace(/\s+/g, ' ');
  if (selector === '') return { ok: false, message: `Nothing follows the @. ${SELECTOR_FORM}.` };
  if (selector.length > RANGE_LENGTH_MAX) {
    return {
      ok: false,
      message: `The part after the @ is longer than ${RANGE_LENGTH_MAX} characters. ${SELECTOR_FORM}.`,
    };
  }
  if (selector === 'latest') return { ok: true, selector: { kind: 'latest' } };
  if (selector === 'draft') return { ok: true, selector: { kind: 'draft' } };
  if (semver.valid(selector) !== null && /^v?\d/.test(selector)) {
    const parsed = parseVersion(selector);
    return parsed.ok ? { ok: true, selector: { kind: 'version', version: parsed.version } } : parsed;
  }
  if (selector.includes('+')) {
    return {
      ok: false,
      message: `“${selector}” carries build metadata (after the +), which versions here do not have.`,
    };
  }
  if (semver.validRange(selector) !== null) return { ok: true, selector: { kind: 'range', range: selector } };
  if (checkLabelName(selector) === undefined)
    return { ok: true, selector: { kind: 'label', name: selector } };
  const small = selector.toLowerCase();
  if (RESERVED_LABELS.includes(small) || checkLabelName(small) === undefined) {
    return { ok: false, message: `Labels have lower-case letters only: ${small}.` };
  }
  return { ok: false, message: `“${selector}” is not a selector. ${SELECTOR_FORM}.` };
}

/** The text of a selector; `parseSelector` reads it back. */
export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'version':
      return selector.version;
    case 'range':
      return selector.range;
    case 'label':
      return selector.name;
    case 'draft':
    case 'latest':
      return selector.kind;
  }
}

/**
 * Reads an address, written plainly or percent-encoded, in parts or as a whole.
 * @returns the address, or a sentence that names the right form
 */
export function parseAddress(text: string): ParsedAddress {
  if (text.length > ADDRESS_LENGTH_MAX)
    return fail(`An address has at most ${ADDRESS_LENGTH_MAX} characters`);
  const decoded = decode(text.trim());
  if (decoded === undefined) return fail('The address is not percent-encoded rightly');
  if (decoded === '') return fail('The address is empty');

  const named = decoded.startsWith('@');
  const body = named ? decoded.slice(1) : decoded;
  // No slug and no selector contains an @, so the first one after the organisation ends the path.
  const at = body.indexOf('@');
  const path = (at === -1 ? body : body.slice(0, at)).split('/');
  const organisation = named ? path.shift() : undefined;
  const [project, set, prompt] = path;
  if (project === undefined || set === undefined)
    return fail('An address has at least a project and a prompt set');
  if (path.length > 3) return fail('An address has at most a project, a prompt set and a prompt');

  const parts: [string, string | undefined][] = [
    ['organisation', organisation],
    ['project', project],
    ['prompt set', set],
    ['prompt', prompt],
  ];
  for (const [noun, slug] of parts) {
    const wrong = slug === undefined ? undefined : checkSlug(slug);
    if (wrong !== undefined) return fail(`The ${noun} of the address is wrong. ${wrong.replace(/\.$/, '')}`);
  }

  const parsed = at === -1 ? latest() : parseSelector(body.slice(at + 1));
  if (!parsed.ok) return parsed;
  return {
    ok: true,
    address: {
      ...(organisation === undefined ? {} : { organisation }),
      project,
      set,
      ...(prompt === undefined ? {} : { prompt }),
      selector: parsed.selector,
    },
  };
}

/** The address as people write it: `latest` is left out. `parseAddress` reads it back, percent-encoded too. */
export function printAddress(address: Address): string {
  const organisation = address.organisation === undefined ? '' : `@${address.organisation}/`;
  const prompt = address.prompt === undefined ? '' : `/${address.prompt}`;
  const selector = address.selector.kind === 'latest' ? '' : `@${printSelector(address.selector)}`;
  return `${organisation}${address.project}/${address.set}${prompt}${selector}`;
}

function latest(): { ok: true; selector: Selector } {
  return { ok: true, selector: { kind: 'latest' } };
}

/** A `%` is in no address, so one that is there means that the text is encoded. */
function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return undefined;
  }
}

function fail(what: string): { ok: false; message: string } {
  return { ok: false, message: `${what}. ${ADDRESS_FORM}.` };
}
