import { Form } from '@remix-run/react';
import { useId } from 'react';
import { Button } from './ui/button.tsx';
import { Select } from './ui/field.tsx';

export interface ChoosePromptProps {
  /** Slugs to choose from. */
  slugs: string[];
  chosen: string;
  /** Other parts of the query that the page keeps. */
  keep?: Record<string, string>;
}

/** A choice of the prompt that the lines to copy call. It isn’t shown for a single prompt. */
export function ChoosePrompt({ slugs, chosen, keep = {} }: ChoosePromptProps) {
  const id = useId();
  if (slugs.length < 2) return null;
  return (
    <Form method="get" preventScrollReset className="flex items-center gap-2">
      {Object.entries(keep).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <label htmlFor={id} className="text-12 text-mute">
        Prompt
      </label>
      <Select
        id={id}
        key={chosen}
        mono
        height="small"
        name="prompt"
        defaultValue={chosen}
        className="min-w-0 flex-1 [&_select]:min-w-0"
      >
        {(slugs.includes(chosen) ? slugs : [chosen, ...slugs]).map((slug) => (
          <option key={slug}>{slug}</option>
        ))}
      </Select>
      <Button size="small">Show</Button>
    </Form>
  );
}
