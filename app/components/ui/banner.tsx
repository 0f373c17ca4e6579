import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { announce } from '../../lib/announcements.ts';
import { classNames } from '../../lib/class-names.ts';

export interface BannerProps {
  /** `ember`: where things stand. `minor`: a warning. `major`: failed. `patch`: done. `info`: good to know. */
  tone?: 'ember' | 'major' | 'minor' | 'patch' | 'info';
  icon?: LucideIcon;
  /** Right end: a link or a button. */
  action?: ReactNode;
  /**
   * Read out when it appears: an error at once, everything else when the reader is silent. A string is announced in
   * place of the content.
   */
  live?: boolean | string;
  children: ReactNode;
}

const EDGES = {
  ember: 'border-l-ember',
  major: 'border-l-major',
  minor: 'border-l-minor',
  patch: 'border-l-patch',
  info: 'border-l-info',
};
const ICONS = { ember: Info, major: CircleAlert, minor: TriangleAlert, patch: CircleCheck, info: Info };

/** One or two sentences that say what is so, with an edge in the colour of their meaning. */
export function Banner({ tone = 'ember', icon, action, live, children }: BannerProps) {
  const Icon = icon ?? ICONS[tone];
  const words = useRef<HTMLDivElement>(null);
  const isAlert = tone === 'major';
  useEffect(() => {
    if (live && !isAlert) announce(typeof live === 'string' ? live : (words.current?.innerText ?? ''));
  }, [live, isAlert]);
  return (
    <div
      role={live && isAlert ? 'alert' : undefined}
      className={classNames(
        'flex flex-wrap items-center gap-x-4 gap-y-2 rounded-6 border border-l-3 border-line bg-panel py-2.5 pr-3.5 pl-3.5',
        EDGES[tone],
      )}
    >
      <div className="flex min-w-0 flex-1 basis-60 items-center gap-2.5">
        <Icon size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0" />
        <div ref={words} className="min-w-0">
          {children}
        </div>
      </div>
      {action && <div className="shrink-0 text-mute">{action}</div>}
    </div>
  );
}
