import type { Crumb } from '../components/top-bar.tsx';

/**
 * The breadcrumb of an address of ours, for pages that know nothing else (errors): `/o/acme/support/mails` gives acme,
 * support, mails, each a link but the last. What follows a `-` is about the thing and left out.
 */
export function crumbsOfPath(path: string): Crumb[] {
  const [first, ...rest] = path.split('/').filter(Boolean);
  if (first !== 'o') return [];
  const end = rest.indexOf('-');
  const slugs = end < 0 ? rest : rest.slice(0, end);
  return slugs.map((slug, index) => ({
    label: decodeSlug(slug),
    to: index === slugs.length - 1 ? undefined : `/o/${slugs.slice(0, index + 1).join('/')}`,
  }));
}

/** A path as typed by somebody may hold a `%` that encodes nothing. */
function decodeSlug(slug: string): string {
  try {
    return decodeURIComponent(slug);
  } catch {
    return slug;
  }
}
