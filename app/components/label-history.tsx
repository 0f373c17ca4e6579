import { Form } from '@remix-run/react';
import { ChevronDown } from 'lucide-react';
import type { Page } from '#server/schemas/common.ts';
import type { LabelMoveView, LabelView } from '#server/schemas/labels.ts';
import { classNames } from '../lib/class-names.ts';
import type { FormErrors } from '../lib/errors.ts';
import { useNavigation } from '../lib/use-navigation.ts';
import { LabelTarget } from './label-target.tsx';
import { Button, buttonClasses } from './ui/button.tsx';
import { Card, CardRow, CardRows } from './ui/card.tsx';
import { TextLink } from './ui/link.tsx';
import { Menu } from './ui/menu.tsx';
import { Pagination } from './ui/pagination.tsx';
import { LabelTag, Tag, VersionNumber } from './ui/tag.tsx';
import { Time } from './ui/time.tsx';

/** The heading of the card, which receives the focus after a move. */
export const LABEL_HISTORY_ID = 'label-history';

export interface LabelHistoryProps {
  name: string;
  /** Absent when the label was removed. */
  current: LabelView | undefined;
  /** `null` for `latest`, which nobody moves. */
  moves: Page<LabelMoveView> | null;
  base: string;
  versions: string[];
  canMove: boolean;
  errors: FormErrors | undefined;
  values: { to: string; reason: string } | undefined;
}

/** Where a label has been, the newest first, with a button at each to go back to it. */
export function LabelHistory(props: LabelHistoryProps) {
  const { name, current, moves, base, canMove } = props;
  if (!moves) {
    return (
      <Card title={<LabelTag name={name} />}>
        Anvil keeps this label on the highest released version, now{' '}
        <TextLink to={`${base}/-/versions/${current?.version}`} className="font-mono text-13">
          {current?.version}
        </TextLink>
        . Callers that ask for no version get it.
      </Card>
    );
  }
  return (
    <Card
      flush
      title={
        <span id={LABEL_HISTORY_ID} className="rounded-4">
          <LabelTag name={name} />
          {current && <span className="sr-only"> now points to {current.version}</span>}
        </span>
      }
      // After a move the form starts again.
      aside={canMove && <MoveMenu key={current?.version} {...props} />}
      foot={
        moves.meta.cursor && (
          <Pagination nextTo={`?label=${name}&after=${encodeURIComponent(moves.meta.cursor)}`} />
        )
      }
    >
      <CardRows>
        {moves.data.map((move, index) => (
          <MoveRow key={move.created_at + index} move={move} isNow={index === 0} {...props} />
        ))}
      </CardRows>
    </Card>
  );
}

function MoveMenu({ name, current, versions, errors, values }: LabelHistoryProps) {
  const busy = useNavigation().formMethod === 'POST';
  return (
    <>
      <Menu
        trigger={
          <>
            {current ? 'Move to' : 'Add to'}
            <ChevronDown size={16} strokeWidth={1.75} aria-hidden="true" />
          </>
        }
        triggerClassName={buttonClasses({ size: 'small' })}
        defaultOpen={errors?.fields.to !== undefined || undefined}
      >
        <Form method="post" className="grid w-72 max-w-full gap-3 px-3.5 py-2 text-14 text-ink">
          <MoveFields name={name} from={current?.version} />
          <LabelTarget versions={versions} errors={errors} values={values} />
          <Button name="intent" value="move" busy={busy}>
            {current ? `Move ${name}` : `Add ${name}`}
          </Button>
        </Form>
      </Menu>
      {current && (
        <Form method="post" preventScrollReset>
          <MoveFields name={name} from={current.version} />
          <Button name="intent" value="remove" size="small" variant="quiet">
            Remove
          </Button>
        </Form>
      )}
    </>
  );
}

/** Which label, and where the page saw it: somebody else's move in between is a conflict. */
function MoveFields({ name, from }: { name: string; from: string | undefined }) {
  return (
    <>
      <input type="hidden" name="name" value={name} />
      <input type="hidden" name="from" value={from ?? ''} />
    </>
  );
}

type MoveRowProps = LabelHistoryProps & { move: LabelMoveView; isNow: boolean };

function MoveRow({ move, isNow, name, current, base, canMove }: MoveRowProps) {
  const canReturn = canMove && move.to !== null && move.to !== current?.version;
  return (
    <CardRow
      aside={
        isNow && current ? (
          <Tag tone="ember">now</Tag>
        ) : (
          canReturn && (
            <Form method="post" preventScrollReset>
              <MoveFields name={name} from={current?.version} />
              <input type="hidden" name="to" value={move.to ?? ''} />
              <input
                type="hidden"
                name="reason"
                value={current ? `Moved back from ${current.version}` : 'Restored'}
              />
              <Button
                name="intent"
                value="move"
                size="small"
                aria-label={`${current ? 'Roll back' : 'Restore'} ${name} to ${move.to}`}
              >
                {current ? 'Roll back' : 'Restore'}
              </Button>
            </Form>
          )
        )
      }
    >
      <span className="grid grid-cols-[0.5625rem_4.5rem_minmax(0,1fr)] items-center gap-x-4 md:grid-cols-[0.5625rem_4.75rem_minmax(0,1fr)]">
        <span
          aria-hidden="true"
          className={classNames('size-2.25 rounded-full', isNow && current ? 'bg-ember' : 'bg-line-strong')}
        />
        {move.to ? (
          <TextLink tone="ink" to={`${base}/-/versions/${move.to}`}>
            <VersionNumber version={move.to} />
          </TextLink>
        ) : (
          <span className="text-mute">removed</span>
        )}
        <span className="min-w-0">
          <span dir="auto" className={classNames('block wrap-anywhere', !move.reason && 'text-mute')}>
            {move.reason || 'no reason given'}
          </span>
          <span className="text-12 text-mute">
            <bdi>{move.author.name}</bdi> · <Time value={move.created_at} short />
          </span>
        </span>
      </span>
    </CardRow>
  );
}
