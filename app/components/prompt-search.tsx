import { Form } from '@remix-run/react';
import { Button } from './ui/button.tsx';
import { Input } from './ui/field.tsx';

/** Searches the prompts of a set by name and slug. */
export function PromptSearch({ archived, search }: { archived: boolean; search: string }) {
  return (
    <Form method="get" role="search" className="flex gap-2">
      {archived && <input type="hidden" name="archived" value="" />}
      <Input
        type="search"
        name="search"
        key={search}
        defaultValue={search}
        maxLength={120}
        autoComplete="off"
        aria-label="Search prompts by name or slug"
        placeholder="Search by name or slug"
      />
      <Button size="large">Search</Button>
    </Form>
  );
}
