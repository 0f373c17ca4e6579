import { renderToStaticMarkup } from 'react-dom/server';
import type { LinkKind } from '../schemas/accounts.ts';
import { Letter, letterText, type LetterProps } from './layout.tsx';
import type { Message } from './mailer.ts';

export interface LinkMessageInput {
  id: string;
  /** `known`: somebody registers by an address that has an account already. */
  kind: LinkKind | 'known';
  to: string;
  url: string;
  baseUrl: string;
}

/** What mail programs read the rest by. */
const DOCTYPE =
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">';

interface Words {
  subject: string;
  preview: string;
  paragraphs: string[];
  label: string;
  foot: string;
}

const NOT_ASKED =
  'If you didn’t ask for this, ignore this mail. Nothing happens unless somebody uses the link.';

/** How long a link lasts is said as a span: a mail that is sent again has to be the same, to the letter. */
const WORDS: Record<LinkMessageInput['kind'], Words> = {
  register: {
    subject: 'Create your Anvil account',
    preview: 'One more step: choose a password.',
    paragraphs: [
      'Choose a password to create an account for this address.',
      'The link works once, for 24 hours.',
    ],
    label: 'Create account',
    foot: NOT_ASKED,
  },
  known: {
    subject: 'You already have an Anvil account',
    preview: 'Sign in instead of registering again.',
    paragraphs: [
      'Somebody tried to register with this address, which already has an account. Nothing was changed.',
      'Sign in instead. If you forgot your password, you can choose a new one there.',
    ],
    label: 'Sign in',
    foot: 'If it wasn’t you, ignore this mail. The other person doesn’t learn that you have an account.',
  },
  confirm: {
    subject: 'Confirm your address for Anvil',
    preview: 'Show that this address is yours.',
    paragraphs: [
      'Confirm that this address is yours.',
      'The link works once, for 24 hours. When an address is confirmed for the first time, the account’s password and API keys stop working. The page asks you before that.',
    ],
    label: 'Confirm the address',
    foot: 'If you have no account at Anvil, ignore this mail. The address isn’t confirmed without you.',
  },
  reset: {
    subject: 'Choose a new password for Anvil',
    preview: 'The link works once, for an hour.',
    paragraphs: ['Choose a new password. Every open session ends.', 'The link works once, for an hour.'],
    label: 'Choose a new password',
    foot: NOT_ASKED,
  },
  sign_in: {
    subject: 'Sign in to Anvil',
    preview: 'The link works once, for 15 minutes.',
    paragraphs: [
      'Sign in with the button below, without a password.',
      'The link works once, for 15 minutes.',
    ],
    label: 'Sign in',
    foot: NOT_ASKED,
  },
};

/**
 * Writes the mail that carries a link, as HTML and as text. The same input gives the same bytes. Nobody is greeted by
 * name: somebody else may have typed it.
 */
export function linkMessage(input: LinkMessageInput): Message {
  const { id, kind, to, url, baseUrl } = input;
  const { label, ...words } = WORDS[kind];
  return renderLetter({ id, to, ...words, button: { label, url }, baseUrl });
}

/** Renders a mail as HTML and as text. */
export function renderLetter(
  input: Pick<Message, 'id' | 'to' | 'subject'> & Omit<LetterProps, 'title'>,
): Message {
  const { id, to, subject, ...rest } = input;
  const letter = { ...rest, title: subject };
  return {
    ...{ id, to, subject },
    html: DOCTYPE + renderToStaticMarkup(<Letter {...letter} />),
    text: letterText(letter),
  };
}
