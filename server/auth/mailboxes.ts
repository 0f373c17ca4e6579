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
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  const box = email.slice(0, at).replace(/(?<=.)\+.*$/s, '');
  const dotless = DOMAINS_WITHOUT_DOTS.get(domain);
  return dotless ? `${box.replaceAll('.', '')}@${dotless}` : `${box}@${domain}`;
}
