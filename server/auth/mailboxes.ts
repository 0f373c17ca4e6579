/** Providers whose documentation says that dots in the local part don't matter. */
const DOMAINS_WITHOUT_DOTS = new Map([
  ['gmail.com', 'gmail.com'],
  ['googlemail.com', 'gmail.com'],
]);

/**
 * Returns what stands for the mailbox of an address where mails are counted. Sub-addresses (RFC 5233, `ada+news@…`) count
 * as their mailbox. Some servers deliver them elsewhere, which is harmless, because two people then share a limit and
 * nothing else. Accounts are never found by it.
 *
 * @param email in lower case
 */
export function mailboxOf(email: string): string {
  const { local, domain } = partsOf(email);
  const box = local.replace(/(?<=.)\+.*$/s, '');
  const dotless = DOMAINS_WITHOUT_DOTS.get(domain);
  return dotless ? `${box.replaceAll('.', '')}@${dotless}` : `${box}@${domain}`;
}

/** Returns the domain of an address: a mailbox may receive the mails of all its names. */
export function mailDomainOf(email: string): string {
  return partsOf(email).domain;
}

function partsOf(email: string): { local: string; domain: string } {
  const at = email.lastIndexOf('@');
  return { local: email.slice(0, at), domain: email.slice(at + 1) };
}
