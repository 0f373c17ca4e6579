import { useId, type ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';
import { FieldError, type FieldLook } from './field.tsx';

export interface RadioCard {
  value: string;
  title: ReactNode;
  /** The consequence of this choice, in a sentence. */
  hint?: ReactNode;
  /** Stands at the right end. */
  aside?: ReactNode;
  /** Below the sentence, outside of the label: a field that belongs to this choice. */
  field?: ReactNode;
  disabled?: boolean;
}

export interface RadioCardsProps {
  name: string;
  /** The question; the head of the card. */
  legend: ReactNode;
  options: RadioCard[];
  defaultValue?: string;
  error?: FieldLook['error'];
  /** Titles are identifiers (version numbers): monospace. */
  mono?: boolean;
  /** Called with the new value; the form works without it. */
  onChoose?: (value: string) => void;
}

/** A choice between few things that each need a sentence: a card of radio rows, the chosen one on ember wash. */
export function RadioCards({ name, legend, options, defaultValue, error, mono, onChoose }: RadioCardsProps) {
  const id = useId();
  const invalid = [error ?? []].flat().length > 0;
  return (
    <div className="grid gap-1.5">
      <fieldset
        aria-describedby={invalid ? `${id}-error` : undefined}
        data-invalid={invalid ? '' : undefined}
        className={classNames('rounded-8 border bg-panel', invalid ? 'border-major' : 'border-line')}
      >
        {/* A floated legend lies inside the border, where the head of a card is. */}
        <legend className="float-left flex min-h-10 w-full items-center px-3.5 font-semibold">
          {legend}
        </legend>
        <div className="clear-both">
          {options.map(({ value, title, hint, aside, field, disabled }) => (
            <div
              key={value}
              className="border-t border-line last:rounded-b-8 hover:bg-raise has-[:checked]:bg-ember-wash has-disabled:opacity-50"
            >
              <label className="flex items-start gap-3 px-3.5 py-2.5 has-disabled:cursor-not-allowed">
                <input
                  type="radio"
                  name={name}
                  value={value}
                  defaultChecked={value === defaultValue}
                  disabled={disabled}
                  onChange={onChoose && (() => onChoose(value))}
                  className="check check-round mt-0.5 shrink-0"
                />
                <span className="min-w-0 flex-1">
                  <span
                    className={classNames('block', mono ? 'font-mono text-13 font-semibold' : 'font-medium')}
                  >
                    {title}
                  </span>
                  {hint && <span className="block text-12 text-mute">{hint}</span>}
                </span>
                {aside}
              </label>
              {field && <div className="px-3.5 pb-3 pl-10.5">{field}</div>}
            </div>
          ))}
        </div>
      </fieldset>
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}
