import { Link } from '@remix-run/react';
import type { ComponentProps } from 'react';
import { classNames } from '../../lib/class-names.ts';

export type TextLinkProps = ComponentProps<typeof Link> & {
  /** `ember` in running text and where it is the way on; `mute` at the edge of a card; `ink` for names in lists. */
  tone?: 'ember' | 'mute' | 'ink';
};

const TONES = {
  ember: 'text-ember underline decoration-transparent hover:decoration-current',
  mute: 'text-mute hover:text-ink',
  ink: 'text-ink underline decoration-transparent hover:decoration-current',
};

/** A link in words. In a sentence give it `className="underline"`, so that it isn't told by its colour alone. */
export function TextLink({ tone = 'ember', className, ...rest }: TextLinkProps) {
  return (
    <Link {...rest} className={classNames('touch rounded-4 underline-offset-3', TONES[tone], className)} />
  );
}
