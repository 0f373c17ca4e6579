import type { Crumb } from '../components/top-bar.tsx';

/** Where a page is, as the frame's breadcrumb says it. */
export interface PagePlace {
  /** From the organisation down. The last one is the page itself and no link. */
  crumbs: Crumb[];
  /** What a program names it by: `support/emails`. Absent above the prompt sets, which no program asks for. */
  address: string | undefined;
}

/**
 * Reads the place out of a page's path: `/o/acme/support/emails/-/versions/1.4.2` is acme / support / emails /
 * versions / 1.4.2, about `support/emails`. Every part is a page of its own, so every part but the last is a link.
 * The organisation's first page has no word in its path and is called home.
 *
 * @param path of a page below `/o/`, without the query
 */
export function placeOfPath(path: string): PagePlace {
  const parts = path.split('/').filter(Boolean).slice(1);
  const dash = parts.indexOf('-');
  const slugs = dash === -1 ? parts : parts.slice(0, dash);
  const crumbs: Crumb[] = parts
    .map((part, index) => ({
      label: index > dash && dash !== -1 ? wordsOf(part) : decoded(part),
      to: `/o/${parts.slice(0, index + 1).join('/')}`,
    }))
    .filter((_, index) => index !== dash);
  if (parts.length === 1) crumbs.push({ label: 'home' });
  const last = crumbs.at(-1);
  if (last) delete last.to;
  const address = slugs.length > 2 ? slugs.slice(1).map(decoded).join('/') : undefined;
  return { crumbs, address };
}

/** `api-keys` is read as api keys; a version number stays as it is. */
function wordsOf(part: string): string {
  return /^[a-z]+(-[a-z]+)+$/.test(part) ? part.replaceAll('-', ' ') : decoded(part);
}

/** A path as typed by somebody may hold a `%` that encodes nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
