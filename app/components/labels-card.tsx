import type { LabelView } from '#server/schemas/labels.ts';
import { Card } from './ui/card.tsx';
import { TextLink } from './ui/link.tsx';
import { LabelTag } from './ui/tag.tsx';
import { Time } from './ui/time.tsx';

/** The labels of a set beside it: what each names now, and who moved it. */
export function LabelsCard({ labels, base }: { labels: LabelView[]; base: string }) {
  return (
    <Card
      title="Labels"
      flush
      aside={
        <TextLink tone="mute" to={`${base}/-/labels`}>
          History
        </TextLink>
      }
    >
      <ul className="grid py-1.5">
        {labels.map((label) => (
          <li
            key={label.name}
            className="grid min-h-8 pointer-coarse:min-h-touch grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] items-center gap-3 px-3.5 text-12 text-mute"
          >
            <span className="min-w-0">
              <LabelTag name={label.name} to={`${base}/-/labels?label=${label.name}`} />
            </span>
            <TextLink tone="ink" to={`${base}/-/versions/${label.version}`} className="font-mono text-13">
              {label.version}
            </TextLink>
            <span className="min-w-0 text-end">
              {label.automatic ? (
                'automatic'
              ) : (
                <>
                  <bdi>{label.moved_by.name.split(' ')[0]}</bdi> · <Time value={label.moved_at} short />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
