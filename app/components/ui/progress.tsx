import { useId, type ReactNode } from 'react';

export interface ProgressProps {
  /** What is being done: "Importing prompts". */
  label: ReactNode;
  /** How much is done; without it the length isn't known. */
  value?: number;
  max?: number;
  /** Right of the label: "312 of 1,517". */
  aside?: ReactNode;
}

/** A thin bar for work of known or unknown length. */
export function Progress({ label, value, max = 1, aside }: ProgressProps) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <div className="flex justify-between gap-4 text-12">
        <label htmlFor={id}>{label}</label>
        {aside && <span className="text-mute">{aside}</span>}
      </div>
      <progress id={id} value={value} max={max} className="progress" />
    </div>
  );
}
