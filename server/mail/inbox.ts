import type { Mailer, Message } from './mailer.ts';

/** A mailer that keeps mails in memory, to be read in development (`/dev/mail`) and by tests. */
export interface Inbox extends Mailer {
  /** The newest first. */
  list(): readonly ReceivedMessage[];
}

export interface ReceivedMessage extends Message {
  receivedAt: Date;
}

const KEPT = 50;

export function createInbox(now: () => Date): Inbox {
  let messages: ReceivedMessage[] = [];
  return {
    // As mail programs do: what comes again under the same id takes the place of the first.
    send: (message) => {
      const others = messages.filter(({ id }) => id !== message.id);
      messages = [{ ...message, receivedAt: now() }, ...others].slice(0, KEPT);
      return Promise.resolve();
    },
    close: () => undefined,
    list: () => messages,
  };
}
