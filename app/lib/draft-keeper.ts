/**
 * Keeps what somebody types in an open form, so that a crash of the browser loses nothing. What is kept belongs to a
 * form and the revision it was opened on: after a save it is a draft of something older, and is offered no more.
 */

/** The part of `localStorage` that is needed; a Map does in tests. */
export interface DraftStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  key(index: number): string | null;
  readonly length: number;
}

export interface DraftPlace {
  /** Which form, unique in this instance: its address, `/o/acme/support/emails/refund`. */
  form: string;
  /** The revision that the form was opened on. */
  revision: number | string;
}

/** The key of the first prompt of an organisation, which has no revision yet. */
export function firstPromptDraft(base: string): DraftPlace {
  return { form: base, revision: 0 };
}

/** Texts by the names of their fields. */
export type DraftFields = Record<string, string>;

export interface KeptDraft {
  fields: DraftFields;
  /** ISO 8601, by this machine's clock. */
  keptAt: string;
}

const PREFIX = 'anvil:draft:';
/** After this many days nobody comes back for a text. */
const DAYS_MAX = 14;
const DAY_MS = 86_400_000;

function keyOf({ form, revision }: DraftPlace): string {
  return `${PREFIX}${form}#${revision}`;
}

/**
 * Keeps the fields. A full or forbidden storage is no error of the person who types: it returns false and nothing is
 * kept.
 */
export function keepDraft(storage: DraftStorage, place: DraftPlace, fields: DraftFields, now: Date): boolean {
  const draft: KeptDraft = { fields, keptAt: now.toISOString() };
  try {
    storage.setItem(keyOf(place), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/**
 * What was kept of this form and revision and differs from what the form shows now, or undefined.
 *
 * @param current the fields as the server filled them
 */
export function findDraft(
  storage: DraftStorage,
  place: DraftPlace,
  current: DraftFields,
): KeptDraft | undefined {
  const draft = read(storage, keyOf(place));
  if (!draft) return undefined;
  const names = new Set([...Object.keys(draft.fields), ...Object.keys(current)]);
  // Forms send line breaks as CR LF, editors keep LF: no difference that somebody typed.
  const differs = [...names].some((name) => normalise(draft.fields[name]) !== normalise(current[name]));
  return differs ? draft : undefined;
}

/** Forgets what was kept of this form at this revision: it was saved, or declined. */
export function forgetDraft(storage: DraftStorage, place: DraftPlace): void {
  try {
    storage.removeItem(keyOf(place));
  } catch {
    // A storage that can't be written holds nothing to forget.
  }
}

/** Removes expired drafts, and drafts of older revisions of this form, which are never offered again. */
export function sweepDrafts(storage: DraftStorage, now: Date, { form, revision }: DraftPlace): void {
  try {
    for (const key of draftKeys(storage)) {
      const draft = read(storage, key);
      const isOlder = key.startsWith(`${PREFIX}${form}#`) && Number(key.split('#').at(-1)) < Number(revision);
      const isForgotten = !draft || now.getTime() - Date.parse(draft.keptAt) > DAYS_MAX * DAY_MS;
      if (isOlder || isForgotten) storage.removeItem(key);
    }
  } catch {
    // As above.
  }
}

/** Returns how many forms have text that was typed and not saved. */
export function countDrafts(storage: DraftStorage): number {
  try {
    return draftKeys(storage).length;
  } catch {
    return 0;
  }
}

/** Forgets all drafts, so that the next person at this browser doesn't find them. */
export function forgetAllDrafts(storage: DraftStorage): void {
  try {
    for (const key of draftKeys(storage)) storage.removeItem(key);
  } catch {
    // As above.
  }
}

function draftKeys(storage: DraftStorage): string[] {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  return keys.filter((key) => key?.startsWith(PREFIX)) as string[];
}

function normalise(text: string | undefined): string {
  return (text ?? '').replaceAll('\r\n', '\n');
}

function read(storage: DraftStorage, key: string): KeptDraft | undefined {
  try {
    const value: unknown = JSON.parse(storage.getItem(key) ?? 'null');
    return isDraft(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDraft(value: unknown): value is KeptDraft {
  if (typeof value !== 'object' || value === null || !('fields' in value) || !('keptAt' in value))
    return false;
  const { fields, keptAt } = value;
  if (typeof fields !== 'object' || fields === null || typeof keptAt !== 'string') return false;
  return !Number.isNaN(Date.parse(keptAt)) && Object.values(fields).every((text) => typeof text === 'string');
}
