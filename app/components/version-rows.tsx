import type { VersionView } from '#server/schemas/versions.ts';
import { CardRow, CardRows } from './ui/card.tsx';
import { LabelTag, VersionNumber } from './ui/tag.tsx';
import { VersionLevel } from './version-level.tsx';
import { Time } from './ui/time.tsx';

/** A version as a list shows it. */
export interface VersionRow extends VersionView {
  /** The first line of the changelog, without Markdown. */
  headline: string;
}

/** `9f2c…e41a` */
export function shortHash(sha256: string): string {
  return `${sha256.slice(0, 4)}…${sha256.slice(-4)}`;
}

/** Versions of a set, the newest first; each row leads to its page. */
export function VersionRows({ versions, base }: { versions: VersionRow[]; base: string }) {
  return (
    <CardRows>
      {versions.map((version) => (
        <CardRow key={version.id} to={`${base}/-/versions/${version.number}`}>
          <span className="grid grid-cols-[4.5rem_minmax(0,1fr)] items-baseline gap-x-3 md:grid-cols-[5.5rem_4.5rem_minmax(0,1fr)_fit-content(12rem)]">
            <VersionNumber version={version.number} />
            <span className="hidden md:block">
              <VersionLevel version={version} />
            </span>
            <span className="min-w-0">
              <span className="flex flex-wrap items-center gap-1.5">
                <span dir="auto" className={version.headline ? 'wrap-anywhere' : 'text-mute'}>
                  {version.headline || 'No changelog'}
                </span>
                {version.labels.map((name) => (
                  <LabelTag key={name} name={name} />
                ))}
                <span className="md:hidden">
                  <VersionLevel version={version} />
                </span>
              </span>
              <span className="block font-mono text-12 text-mute">sha256 {shortHash(version.checksum)}</span>
            </span>
            {/* On a phone below: without JavaScript a time is long. */}
            <span className="col-start-2 text-12 text-mute md:col-start-auto md:self-center md:text-end">
              <bdi className="md:block">{version.author.name}</bdi>
              <span className="md:hidden"> · </span>
              <Time value={version.created_at} short />
            </span>
          </span>
        </CardRow>
      ))}
    </CardRows>
  );
}
