import type { ReactNode } from 'react';
import type { PromptSetDetailView } from '#server/schemas/prompt-sets.ts';
import { PageHead } from './page-head.tsx';
import { TabLinks } from './ui/tabs.tsx';
import { VersionTag } from './ui/tag.tsx';

export interface SetHeadProps {
  set: Pick<PromptSetDetailView, 'address' | 'latest' | 'description' | 'counts'>;
  /** The address of its first page: `/o/acme/support/emails`. */
  base: string;
  actions?: ReactNode;
}

/** More than this isn't counted out. */
const COUNT_SHOWN_MAX = 10_000;

/**
 * The head of every page of a prompt set: its address, the newest version, its tabs. Alike on all of them, so that the
 * tabs stay where they are while one goes from one to the next.
 */
export function SetHead({ set, base, actions }: SetHeadProps) {
  const { address, latest, description, counts } = set;
  return (
    <div className="grid gap-x-6 gap-y-4 pb-5 md:grid-cols-[minmax(0,1fr)_auto]">
      <PageHead
        bare
        mono
        title={address}
        tags={latest && <VersionTag version={latest} />}
        note={description}
      />
      <div className="min-w-0 md:col-span-2">
        <TabLinks
          label={`Pages of ${address}`}
          tabs={[
            { to: base, label: 'Prompts', count: capped(counts.prompts), end: true },
            { to: `${base}/-/versions`, label: 'Versions', count: capped(counts.versions) },
            { to: `${base}/-/labels`, label: 'Labels', count: capped(counts.labels) },
          ]}
        />
      </div>
      {/* On a phone below the tabs: above them they would push them down, on this page alone. */}
      {actions && (
        <div className="flex flex-wrap items-start gap-2 md:col-start-2 md:row-start-1">{actions}</div>
      )}
    </div>
  );
}

function capped(count: number): number | string {
  return count > COUNT_SHOWN_MAX ? '10,000+' : count;
}
