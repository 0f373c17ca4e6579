import { NavLink } from '@remix-run/react';
import { useId, type ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';

export interface TabLink {
  to: string;
  label: string;
  /** How many there are; on pages capped as "10,000+". */
  count?: number | string;
  /** Here only when the address is exactly this one. */
  end?: boolean;
}

/** Tabs that are pages: links with the current one underlined. Scroll sideways on a phone. */
export function TabLinks({ label, tabs }: { label: string; tabs: TabLink[] }) {
  return (
    <nav aria-label={label} className="tab-links">
      <ul className="flex gap-5">
        {tabs.map(({ to, label: words, count, end }) => (
          <li key={to}>
            <NavLink to={to} end={end} prefetch="intent" className="tab-link">
              {words}
              {count != null && <span className="ml-1.5 text-12 font-normal text-mute">{count}</span>}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export interface Panel {
  key: string;
  label: string;
  content: ReactNode;
}

export interface PanelTabsProps {
  /** The question that the tabs answer, read out: "Language". */
  label: string;
  panels: Panel[];
  /** Left and right of the tabs. */
  title?: ReactNode;
  aside?: ReactNode;
}

/** How many panels the style sheet knows (parts/tabs.css, `.panel-tabs`). */
const PANELS_MAX = 6;

/**
 * Tabs inside a card. They are radio buttons and the style sheet shows the panel of the checked one, so they work
 * without JavaScript, and by arrow keys.
 */
export function PanelTabs({ label, panels, title, aside }: PanelTabsProps) {
  const id = useId();
  return (
    <div className="panel-tabs">
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-3.5 py-1.5">
        {title && <h2 className="font-semibold">{title}</h2>}
        <fieldset className="flex items-center gap-0.5">
          <legend className="sr-only">{label}</legend>
          {panels.slice(0, PANELS_MAX).map((panel, index) => (
            <label key={panel.key} className="touch panel-tab">
              <input
                type="radio"
                name={id}
                value={panel.key}
                defaultChecked={index === 0}
                className="sr-only"
              />
              {panel.label}
            </label>
          ))}
        </fieldset>
        {aside}
      </div>
      {panels.slice(0, PANELS_MAX).map((panel) => (
        <div key={panel.key} className={classNames('panel-tab-content')}>
          {panel.content}
        </div>
      ))}
    </div>
  );
}
