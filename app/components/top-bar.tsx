import { Link } from '@remix-run/react';
import { LogOut } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { classNames } from '../lib/class-names.ts';
import { Mark } from './mark.tsx';
import { SignOutForm } from './sign-out-form.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { Avatar, initials } from './ui/avatar.tsx';
import { CopyButton } from './ui/copy-button.tsx';
import { Menu, MenuItems } from './ui/menu.tsx';

export interface Crumb {
  label: string;
  /** Absent on the last one: that is where I am. */
  to?: string;
}

export interface TopBarProps {
  /** From the organisation down; on a phone the last two are shown. */
  crumbs?: Crumb[];
  /** What the button after the breadcrumb copies: `support/emails`. */
  address?: string;
  /** A tag after the breadcrumb: draft, a version. */
  badge?: ReactNode;
  user?: { name: string; email: string } | null;
  /** Where the form of "Sign out" posts to. */
  signOutAction?: string;
  /** Where the mark leads. */
  homeTo?: string;
  /** Stands before the mark: the button of the side bar. */
  before?: ReactNode;
}

/** The bar over every page: mark, the breadcrumb that is the address, the account. */
export function TopBar({
  crumbs = [],
  address,
  badge,
  user,
  signOutAction,
  homeTo = '/',
  before,
}: TopBarProps) {
  return (
    <header className="sticky top-0 z-20 flex h-bar items-center gap-3.5 border-b border-line bg-panel px-4">
      {before}
      <Link to={homeTo} className="touch flex items-center gap-2.5 rounded-4 font-semibold">
        <Mark />
        <span className={classNames(crumbs.length > 0 && 'sr-only md:not-sr-only')}>Anvil</span>
      </Link>
      <Breadcrumb crumbs={crumbs} />
      {address && (
        <CopyButton iconOnly size="small" variant="quiet" text={address} label={`Copy ${address}`} />
      )}
      {badge}
      <div className="ml-auto">
        {user ? (
          <Menu
            // Voice control finds a button by the words that it shows.
            label={`Account of ${user.name} (${initials(user.name)})`}
            trigger={<Avatar name={user.name} />}
            triggerClassName="flex items-center justify-center rounded-full"
          >
            <div className="px-3.5 pt-1 pb-2.5">
              <p dir="auto" className="font-medium">
                {user.name}
              </p>
              <p className="text-12 text-mute">{user.email}</p>
            </div>
            <ThemeSwitch />
            {signOutAction && (
              <MenuItems>
                <SignOutForm action={signOutAction}>
                  <button>
                    <LogOut size={16} strokeWidth={1.75} aria-hidden="true" />
                    Sign out
                  </button>
                </SignOutForm>
              </MenuItems>
            )}
          </Menu>
        ) : null}
      </div>
    </header>
  );
}

function Breadcrumb({ crumbs }: { crumbs: Crumb[] }) {
  if (crumbs.length === 0) return null;
  return (
    <nav aria-label="Address" className="min-w-0">
      <ol className="flex items-center gap-1.5 font-mono text-13">
        {crumbs.map(({ label, to }, index) => (
          <Fragment key={`${index} ${label}`}>
            {index > 0 && (
              <li
                aria-hidden="true"
                className={classNames('text-faint', index < crumbs.length - 1 && 'hidden md:block')}
              >
                /
              </li>
            )}
            <li className={classNames('min-w-0 truncate', index < crumbs.length - 2 && 'hidden md:block')}>
              {to ? (
                <Link
                  to={to}
                  className="rounded-4 text-mute hover:text-ink pointer-coarse:block pointer-coarse:leading-[var(--spacing-touch)]"
                >
                  {label}
                </Link>
              ) : (
                <span aria-current="page" className="font-semibold">
                  {label}
                </span>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
