import type { ReactNode } from 'react';
import { PageHead } from './page-head.tsx';
import { TabLinks } from './ui/tabs.tsx';
import { VersionTag } from './ui/tag.tsx';

export interface SetHeadProps {
  /** `support/emails` */
  address: string;
  /** The address of its first page: `/o/acme/support/emails`. */
  base: string;
  /** The newest release, when there is one. */
  latest?: string | null;
  /** Tags after it. */
  tags?: ReactNode;
  description?: string | null;
  actions?: ReactNode;
  /** How many there are of each, as the tabs show it; capped ones as text. */
  counts?: { prompts?: number | string; versions?: number | string; labels?: number | string };
}

/** The head of every page of a prompt set: its address, the newest version, its tabs. */
export function SetHead({ address, base, latest, tags, description, actions, counts = {} }: SetHeadProps) {
  return (
    <div className="mb-5">
      <PageHead
        mono
        title={address}
        tags={
          <>
            {latest && <VersionTag version={latest} />}
            {tags}
          </>
        }
        note={description}
        actions={actions}
      />
      <div className="-mt-2">
        <TabLinks
          label={`Pages of ${address}`}
          tabs={[
            { to: base, label: 'Prompts', count: counts.prompts, end: true },
            { to: `${base}/-/versions`, label: 'Versions', count: counts.versions },
            { to: `${base}/-/labels`, label: 'Labels', count: counts.labels },
          ]}
        />
      </div>
    </div>
  );
}
