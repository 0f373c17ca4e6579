/** One mail, written and ready to go. */
export interface Message {
  /** The same for each attempt at the same mail: what was sent twice is known by it and shown once. */
  id: string;
  to: string;
  subject: string;
  html: string;
  text: string;
}

/** A way to send mails, the same whatever is behind it. */
export interface Mailer {
  /** @throws MailError when the mail is not known to have been taken; try again */
  send(message: Message): Promise<void>;
  /** Lets connections go. */
  close(): void;
}

/** A mail was not taken. Holds neither address nor text, since it stands in the log and beside the job. */
export class MailError extends Error {
  override name = 'MailError';
}
