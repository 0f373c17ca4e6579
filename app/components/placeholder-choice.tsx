import { PLACEHOLDER_STYLES, type PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { SelectField } from './ui/field.tsx';

/** The styles in the order of a page, where most people write Liquid. */
const CHOICES: readonly (readonly [PlaceholderStyle, string])[] = [
  ['liquid', '{{ name }} and everything else of Liquid'],
  ['mustache', 'Only {{name}}'],
  ['dollar', 'Only ${name} and ${name:default}'],
  ['none', 'Nothing: keep the text exactly as it is'],
];

export interface PlaceholderChoiceProps {
  style: PlaceholderStyle;
  /** Called with the new style. The form works without it. */
  onChoose?: (style: PlaceholderStyle) => void;
}

/** Asks which placeholders of a pasted text become parameters. */
export function PlaceholderChoice({ style, onChoose }: PlaceholderChoiceProps) {
  return (
    <SelectField
      name="placeholders"
      label="What becomes a parameter?"
      defaultValue={style}
      onChange={(event) => onChoose?.(toPlaceholderStyle(event.currentTarget.value))}
    >
      {CHOICES.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </SelectField>
  );
}

/** The style that a form field names, or Liquid. */
export function toPlaceholderStyle(value: string): PlaceholderStyle {
  return PLACEHOLDER_STYLES.find((style) => style === value) ?? 'liquid';
}
