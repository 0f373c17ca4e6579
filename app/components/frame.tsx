import { NavLink, useLocation } from '@remix-run/react';
import { Box, Menu as MenuIcon, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { classNames } from '../lib/class-names.ts';
import { useNavigation } from '../lib/use-navigation.ts';
import { TopBar, type TopBarProps } from './top-bar.tsx';

export interface SideItem {
  to: string;
  label: string;
  icon: LucideIcon;
  count?: number | string;
  /** Here only when the address is exactly this one (Home). */
  end?: boolean;
  /** Overrides what the address says: Projects is where I am on every page of a project. */
  active?: boolean;
}

/** The prompt sets of the project that I am in. */
export interface SideSets {
  project: string;
  sets: { label: string; to: string }[];
  /** The page that lists all of them, when these are only the first. */
  allTo?: string;
}

export interface FrameProps extends TopBarProps {
  items: SideItem[];
  sets?: SideSets;
  /**
   * `side` has the side bar from 1,024 px; `full` has it behind the menu button at every width and leaves the page all
   * the room (editor); `narrow` is like `full` with a column of 1,124 px (conflict).
   */
  layout?: 'side' | 'full' | 'narrow';
  /** Stays on every page, below the top bar. */
  notice?: ReactNode;
  children: ReactNode;
}

const SIDE_ID = 'side-bar';
const SETS_ID = 'side-bar-sets';

/** The frame of every page of somebody who is signed in: top bar, side bar, content. */
export function Frame({ items, sets, layout = 'side', notice, children, ...bar }: FrameProps) {
  const stands = layout === 'side';
  return (
    <>
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <Waiting />
      <TopBar {...bar} before={<MenuButton stands={stands} />} />
      {!stands && notice}
      <div className={stands ? 'lg:grid lg:grid-cols-[var(--side)_minmax(0,1fr)]' : undefined}>
        <SideBar items={items} sets={sets} stands={stands} />
        <div className="min-w-0">
          {stands && notice}
          <main
            id="content"
            tabIndex={-1}
            className={classNames(
              'min-w-0 outline-none',
              stands && 'max-w-page px-4 pt-4 pb-16 md:px-7 md:pt-6',
              layout === 'narrow' && 'mx-auto max-w-281 px-4 pt-4 pb-16 md:pt-6',
            )}
          >
            {children}
          </main>
        </div>
      </div>
    </>
  );
}

/** A line of ember at the top while the next page is fetched. */
function Waiting() {
  const busy = useNavigation().state !== 'idle';
  return <div aria-hidden="true" className={classNames('waiting', busy && 'waiting-busy')} />;
}

/** Opens the side bar by the platform's popover: no JavaScript needed. */
function MenuButton({ stands }: { stands: boolean }) {
  return (
    <button
      type="button"
      popovertarget={SIDE_ID}
      title="Menu"
      className={classNames(
        'touch-box -ml-1.5 inline-flex size-control shrink-0 items-center justify-center rounded-6 text-mute hover:bg-raise hover:text-ink',
        stands && 'lg:hidden',
      )}
    >
      <MenuIcon size={16} strokeWidth={1.75} aria-hidden="true" />
    </button>
  );
}

function SideBar({ items, sets, stands }: { items: SideItem[]; sets?: SideSets; stands: boolean }) {
  const ref = useRef<HTMLElement>(null);
  const location = useLocation();

  useEffect(() => {
    if (ref.current?.matches(':popover-open')) ref.current.hidePopover();
  }, [location]);

  return (
    <nav
      ref={ref}
      id={SIDE_ID}
      popover="auto"
      aria-label="Organisation"
      className={classNames('side-bar', stands && 'side-bar-stands')}
    >
      <ul className="grid gap-px">
        {items.map(({ to, label, icon: Icon, count, end, active }) => (
          <li key={to}>
            <NavLink
              to={to}
              end={end}
              prefetch="intent"
              className={({ isActive }) => classNames('side-link', (active ?? isActive) && 'side-link-here')}
            >
              <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
              <span className="min-w-0 flex-1 truncate">{label}</span>
              {count != null && <span className="text-12 text-mute">{count}</span>}
            </NavLink>
          </li>
        ))}
      </ul>
      {sets && sets.sets.length > 0 && (
        <div className="mt-6">
          {/* Not a heading: it would come before the page's h1. */}
          <p id={SETS_ID} className="px-2 pb-2 text-12 text-mute">
            {sets.project}
          </p>
          <ul aria-labelledby={SETS_ID} className="grid gap-px">
            {sets.sets.map(({ label, to }) => (
              <li key={to}>
                <NavLink
                  to={to}
                  prefetch="intent"
                  className={({ isActive }) =>
                    classNames('side-link font-mono text-13', isActive && 'side-link-here')
                  }
                >
                  <Box size={16} strokeWidth={1.75} aria-hidden="true" />
                  <span className="min-w-0 flex-1 truncate">{label}</span>
                </NavLink>
              </li>
            ))}
            {sets.allTo && (
              <li>
                <NavLink to={sets.allTo} end prefetch="intent" className="side-link">
                  All prompt sets
                </NavLink>
              </li>
            )}
          </ul>
        </div>
      )}
    </nav>
  );
}
