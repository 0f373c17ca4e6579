import { Link } from '@remix-run/react';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, MouseEvent, ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';
import { Spinner } from './spinner.tsx';

export interface ButtonLook {
  /** `primary`: the one thing this page is for. `plain`: everything else. `quiet`: no border. `danger`: destroys. */
  variant?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** 26, 32 or 38 px high; the last one in forms. */
  size?: 'small' | 'medium' | 'large';
  icon?: LucideIcon;
  /** Stands after the words: an arrow, a chevron. */
  iconAfter?: LucideIcon;
  /** As wide as what it stands in. */
  block?: boolean;
}

const VARIANTS = {
  primary: 'border-transparent bg-ember text-ember-ink hover:bg-ember-hover',
  plain: 'border-line-strong bg-panel text-ink hover:bg-raise',
  quiet: 'border-transparent text-mute hover:bg-raise hover:text-ink',
  danger: 'border-line-strong bg-panel text-major hover:border-major hover:bg-major-wash',
};
const SIZES = {
  small: 'min-h-control-small gap-1.5 px-2 text-12',
  medium: 'min-h-control gap-2 px-3 text-14',
  large: 'min-h-control-large gap-2 px-3 text-14',
};
const SQUARES = { small: 'size-control-small', medium: 'size-control', large: 'size-control-large' };

function baseClasses(variant: NonNullable<ButtonLook['variant']>): string {
  return classNames(
    // `anywhere` of the page would break a verb into letters beside a long name.
    'wrap-break-word touch-box inline-flex max-w-full shrink-0 items-center justify-center rounded-6 border text-center font-medium no-underline select-none',
    'transition-opacity disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 aria-busy:cursor-progress',
    VARIANTS[variant],
  );
}

/** The classes of a button, for the rare element that has to look like one (`summary`, `label`). */
export function buttonClasses({ variant = 'plain', size = 'medium', block }: ButtonLook): string {
  return classNames(baseClasses(variant), 'py-0.5', SIZES[size], block && 'w-full');
}

function Content({
  icon: Icon,
  iconAfter: IconAfter,
  busy,
  children,
}: Pick<ButtonLook, 'icon' | 'iconAfter'> & { busy?: boolean; children?: ReactNode }) {
  return (
    <>
      {busy ? (
        <Spinner />
      ) : (
        Icon && <Icon size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0" />
      )}
      {children}
      {IconAfter && <IconAfter size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0" />}
    </>
  );
}

export type ButtonProps = ComponentProps<'button'> &
  ButtonLook & {
    /** Work is under way: a spinner stands at the words, and a second press does nothing. It keeps the focus. */
    busy?: boolean;
  };

/** A button. Its words are a verb and say what will happen: "Publish 2.4.0". Submits its form unless `type` says otherwise. */
export function Button({
  variant,
  size,
  icon,
  iconAfter,
  block,
  busy,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const press = (event: MouseEvent<HTMLButtonElement>): void => {
    if (busy || rest['aria-disabled']) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type="submit"
      {...rest}
      aria-busy={busy || undefined}
      onClick={press}
      className={classNames(buttonClasses({ variant, size, block }), className)}
    >
      <Content icon={icon} iconAfter={iconAfter} busy={busy}>
        {children}
      </Content>
    </button>
  );
}

export type LinkButtonProps = ComponentProps<typeof Link> & ButtonLook;

/** A link that looks like a button: it goes somewhere, it changes nothing. */
export function LinkButton({
  variant,
  size,
  icon,
  iconAfter,
  block,
  className,
  children,
  ...rest
}: LinkButtonProps) {
  return (
    <Link {...rest} className={classNames(buttonClasses({ variant, size, block }), className)}>
      <Content icon={icon} iconAfter={iconAfter}>
        {children}
      </Content>
    </Link>
  );
}

export type IconButtonProps = Omit<ButtonProps, 'children' | 'icon' | 'iconAfter' | 'block'> & {
  icon: LucideIcon;
  /** Its name for screen readers, also shown on hover. A `title` is enough: with `aria-label` it would be read twice. */
  label: string;
};

/** A square button with an icon alone. */
export function IconButton({
  icon: Icon,
  label,
  size = 'medium',
  variant = 'quiet',
  busy,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      title={label}
      aria-busy={busy || undefined}
      className={classNames(baseClasses(variant), SQUARES[size], className)}
    >
      {busy ? <Spinner /> : <Icon size={16} strokeWidth={1.75} aria-hidden="true" />}
    </button>
  );
}
