/** One mail, ready to be sent. */
export interface Message {
  /** The same for each attempt at one mail, so that a receiver recognises a repeat. */
  id: string;
  to: string;
  subject: string;
  html: string;
  text: string;
}

/** Sends mails, by whatever transport is configured. */
export interface Mailer {
  /** @throws MailError with what is known of the mail */
  send(message: Message): Promise<void>;
  /** Fails the mails that are being sent, and all later ones. Doesn't wait for any server. */
  close(): void;
}

/**
 * What is known of a mail that failed:
 * - `refused`: the server will never accept it, such as for a mailbox that doesn't exist
 * - `misconfigured`: the server refuses this configuration, such as the password
 * - `unavailable`: the server has not accepted it, and may later
 * - `unknown`: the server has the whole mail and didn't say whether it accepts it
 */
export type MailOutcome = 'refused' | 'misconfigured' | 'unavailable' | 'unknown';

/** A mail was not sent, or may not have been. Its message holds neither address nor text, because it is logged. */
export class MailError extends Error {
  override name = 'MailError';

  /** @param serverWords what the server said, through `withoutSecrets` */
  constructor(
    readonly outcome: MailOutcome,
    message: string,
    readonly serverWords?: string,
  ) {
    super(serverWords ? `${message}: ${serverWords}` : message);
  }
}

const WORDS_MAX = 300;

/**
 * Removes from the words of a mail server what must not be logged: the recipient, any other address, URLs, and anything
 * that may be the token of a link. A server may quote the mail that it refuses.
 */
export function withoutSecrets(words: string, recipient: string): string {
  const [local = ''] = recipient.split('@');
  const names = local.length > 1 ? [recipient, local] : [recipient];
  return names
    .reduce((text, name) => text.replaceAll(new RegExp(escaped(name), 'gi'), '[address]'), words)
    .replace(/\bhttps?:\S+/gi, '[url]')
    .replace(/[^\s<>()",;:]+(?:@|%40)[^\s<>()",;:]+/gi, '[address]')
    .replace(/[\w+/=-]{24,}/g, '[…]')
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, WORDS_MAX);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
