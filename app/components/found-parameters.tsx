import type { PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { useAnnouncement } from '../lib/announcements.ts';
import { useFoundParameters } from '../lib/use-found-parameters.ts';
import { Tag } from './ui/tag.tsx';

/** How a placeholder is written in each style. */
const HINTS: Record<PlaceholderStyle, string | undefined> = {
  liquid: '{{ name }}',
  mustache: '{{name}}',
  dollar: '${name}',
  none: undefined,
};

export interface FoundParametersProps {
  /** The text as typed. */
  template: string;
  style: PlaceholderStyle;
  /** The parameters that the server found in the text of the page. */
  initial?: string[] | undefined;
}

/** The parameters that a text gets, named while a person types it. */
export function FoundParameters({ template, style, initial }: FoundParametersProps) {
  const found = useFoundParameters(template, style, initial);
  const hint = HINTS[style];
  const names = (found ?? []).join(', ');
  useAnnouncement(names && `Found ${names}.`);
  if (!found?.length) {
    return (
      <span className="min-w-0 flex-1 basis-60">
        {hint === undefined ? (
          'The text stays exactly as it is.'
        ) : (
          <>
            Write <code>{hint}</code> where your application fills something in.
          </>
        )}
      </span>
    );
  }
  return (
    <span className="flex min-w-0 flex-1 basis-60 flex-wrap items-center gap-2">
      {found.length === 1 ? 'Parameter found' : 'Parameters found'}
      {found.map((name) => (
        <Tag key={name} mono>
          {name}
        </Tag>
      ))}
    </span>
  );
}
