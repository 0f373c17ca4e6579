import { PencilLine, TriangleAlert } from 'lucide-react';
import type { NextVersionView } from '#server/schemas/versions.ts';
import { asClause, counted } from '../lib/change-words.ts';
import { Sentence } from './sentence.tsx';
import { Banner } from './ui/banner.tsx';
import { VersionTag } from './ui/tag.tsx';

/** Where the draft stands: what changed, the number that comes next and why, or what is in the way of it. */
export function DraftBanner({ next }: { next: NextVersionView }) {
  const { number, base, level, changes, obstacle } = next;
  if (level === 'none' || next.prompt_count === 0) return null;
  const since = base ? (
    <>
      Draft has <strong>{counted(changes.length, 'change')}</strong> since {base}.
    </>
  ) : (
    <>
      Nothing is published yet. The draft has <strong>{counted(next.prompt_count, 'prompt')}</strong>.
    </>
  );
  if (!number || obstacle) {
    return (
      <Banner tone="minor" icon={TriangleAlert}>
        {since} It can’t be published yet. <Sentence>{obstacle ?? ''}</Sentence>
      </Banner>
    );
  }
  const first = changes[0];
  return (
    <Banner icon={PencilLine}>
      {since} The next version is <VersionTag version={number} tone={base ? level : 'ember'} />
      {base && first ? (
        <>
          {' '}
          because <Sentence>{asClause(first.sentence)}</Sentence>.
        </>
      ) : (
        '.'
      )}
    </Banner>
  );
}
