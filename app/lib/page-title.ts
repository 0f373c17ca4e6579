/**
 * The title of a page, the most particular part first: `pageTitle('Versions', 'support/emails')` is
 * "Versions · support/emails · Anvil". For the `meta` export of a route.
 */
export function pageTitle(...parts: string[]): { title: string }[] {
  return [{ title: [...parts, 'Anvil'].join(' · ') }];
}
