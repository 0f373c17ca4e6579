import { Link } from '@remix-run/react';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';

export type TagTone = 'plain' | 'ember' | 'major' | 'minor' | 'patch' | 'info';

export interface TagProps {
  tone?: TagTone;
  icon?: LucideIcon;
  /** For identifiers: scopes, versions, labels. */
  mono?: boolean;
  /** Breaks inside a word if the name is too long for its place. */
  wrap?: boolean;
  /** Makes it a link. */
  to?: string;
  children: ReactNode;
}

const TONES: Record<TagTone, string> = {
  plain: 'bg-raise text-mute',
  ember: 'bg-ember-wash text-ember',
  major: 'bg-major-wash text-major',
  minor: 'bg-minor-wash text-minor',
  patch: 'bg-patch-wash text-patch',
  info: 'bg-info-wash text-info',
};

/** A small word on a wash. Its colour only repeats what the word says. */
export function Tag({ tone = 'plain', icon: Icon, mono, wrap, to, children }: TagProps) {
  const className = classNames(
    'inline-flex max-w-full items-center gap-1.5 rounded-4 px-1.75 py-0.5 text-12 font-medium',
    wrap ? 'wrap-anywhere' : 'whitespace-nowrap',
    mono && 'font-mono font-normal',
    TONES[tone],
  );
  const content = (
    <>
      {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden="true" className="-my-0.5" />}
      {children}
    </>
  );
  return to ? (
    <Link
      to={to}
      className={classNames(
        className,
        'touch underline decoration-transparent underline-offset-2 hover:decoration-current',
      )}
    >
      {content}
    </Link>
  ) : (
    <span className={className}>{content}</span>
  );
}

export type Level = 'major' | 'minor' | 'patch';

/** How far a change reaches. `children` replaces the word and must name it: "minor or higher", "1 minor". */
export function LevelTag({ level, children }: { level: Level; children?: ReactNode }) {
  return <Tag tone={level}>{children ?? level}</Tag>;
}

/** A label: `production`. */
export function LabelTag({ name, to }: { name: string; to?: string }) {
  return (
    <Tag tone="info" mono wrap to={to}>
      {name}
    </Tag>
  );
}

export interface VersionTagProps {
  version: string;
  /** `ember` is the newest version; a level where the version stands for a change. */
  tone?: TagTone;
  to?: string;
}

/** A version number on a wash: the newest one beside the name of its set. */
export function VersionTag({ version, tone = 'ember', to }: VersionTagProps) {
  return (
    <Tag tone={tone} mono to={to}>
      {version}
    </Tag>
  );
}

/** A version number in a list; struck through, and said so, when it is yanked. */
export function VersionNumber({ version, yanked }: { version: string; yanked?: boolean }) {
  if (!yanked) return <span className="font-mono text-13 font-semibold text-ink">{version}</span>;
  return (
    <span className="font-mono text-13 text-mute">
      <s>{version}</s>
      <span className="sr-only"> yanked</span>
    </span>
  );
}
