import { ArrowDown, ArrowUp, ChevronRight, Plus, X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { ParameterForm } from '../../lib/content-form.ts';
import { intentOf } from '../../lib/content-form/edits.ts';
import { Tag } from '../ui/tag.tsx';
import { IntentButton, IntentIconButton } from './intent-button.tsx';

interface ParameterSummaryProps {
  title: string;
  live: ParameterForm;
  isWrong: boolean;
  isFresh: boolean;
}

/** The line of a parameter that opens its form. */
export function ParameterSummary({ title, live, isWrong, isFresh }: ParameterSummaryProps) {
  return (
    <summary className="touch flex min-h-8 items-center gap-2 rounded-4 py-1 text-12 hover:bg-raise">
      <ChevronRight
        size={16}
        strokeWidth={1.75}
        aria-hidden="true"
        className="shrink-0 text-faint transition-transform group-open/parameter:rotate-90"
      />
      <code className="min-w-0 flex-1 truncate text-13 font-medium">{title}</code>
      <code className="text-mute">{live.type}</code>
      {isWrong && <Tag tone="major">fix</Tag>}
      {isFresh && <Tag tone="minor">new</Tag>}
      <span className="max-w-32 truncate text-mute">{presenceWords(live)}</span>
    </summary>
  );
}

/** `required`, `= warm`, `optional` */
function presenceWords({ presence, default: value }: ParameterForm): string {
  if (presence !== 'optional') return 'required';
  return value === '' ? 'optional' : `= ${value}`;
}

interface ParameterButtonsProps {
  /** Of its fields: `parameters[0]`. */
  name: string;
  title: string;
  isFirst: boolean;
  isLast: boolean;
}

/** Remove and move a parameter. */
export function ParameterButtons({ name, title, isFirst, isLast }: ParameterButtonsProps) {
  return (
    <div className="flex flex-wrap items-center gap-1">
      <IntentButton icon={X} intent={intentOf('remove', name)}>
        Remove
      </IntentButton>
      {!isFirst && (
        <IntentIconButton icon={ArrowUp} label={`Move ${title} up`} intent={intentOf('up', name)} />
      )}
      {!isLast && (
        <IntentIconButton icon={ArrowDown} label={`Move ${title} down`} intent={intentOf('down', name)} />
      )}
    </div>
  );
}

/** Add a field to an object, or allow any field again. */
export function FieldsButtons({ name, hasFields }: { name: string; hasFields: boolean }) {
  return (
    <div className="flex gap-2">
      <IntentButton icon={Plus} intent={intentOf('add', `${name}[fields]`)}>
        Add a field
      </IntentButton>
      {hasFields && (
        <IntentButton variant="quiet" intent={intentOf('open', name)}>
          Allow any field
        </IntentButton>
      )}
    </div>
  );
}

/** Set the type of a list’s items, or allow any item again. */
export function ItemsButton({ name, hasItems }: { name: string; hasItems: boolean }) {
  return (
    <IntentButton
      variant={hasItems ? 'quiet' : 'plain'}
      className="justify-self-start"
      intent={intentOf(hasItems ? 'open' : 'items', name)}
    >
      {hasItems ? 'Allow any item' : 'Set the item type'}
    </IntentButton>
  );
}

/** The fields of an object, or the items of a list. */
export function Inside({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <fieldset className="grid gap-2 border-l-2 border-line pl-3">
      <legend className="float-left text-13 font-medium">{title}</legend>
      {note && <p className="clear-both text-12 text-mute">{note}</p>}
      {children}
    </fieldset>
  );
}

/**
 * Rarely used fields. They are closed at first.
 *
 * @param isNeeded whether one of them holds something or an error: then they are open
 */
export function More({ isNeeded, children }: { isNeeded: boolean; children: ReactNode }) {
  const ref = useRef<HTMLDetailsElement>(null);
  const [opened] = useState(isNeeded);
  useEffect(() => {
    if (isNeeded && ref.current) ref.current.open = true;
  }, [isNeeded]);
  return (
    <details ref={ref} open={opened} className="group/more">
      <summary className="touch flex w-fit items-center gap-1 rounded-4 pr-2 text-12 text-mute hover:text-ink">
        <ChevronRight
          size={16}
          strokeWidth={1.75}
          aria-hidden="true"
          className="shrink-0 transition-transform group-open/more:rotate-90"
        />
        More
      </summary>
      <div className="grid gap-3 pt-3">{children}</div>
    </details>
  );
}
