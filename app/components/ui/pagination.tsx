import { ChevronLeft, ChevronRight, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, LinkButton } from './button.tsx';

export interface PaginationProps {
  /** What is shown: "6 of 14". */
  summary?: string;
  /** Links to the neighbours; absent where there is none. */
  previousTo?: string;
  nextTo?: string;
  previousLabel?: string;
  nextLabel?: string;
  /** Its name, where a page has two. */
  label?: string;
  /** Sends a form along, so that what is typed there is still in it on the other page. */
  submits?: SubmitButton;
}

export interface SubmitButton {
  /** The id of the form. */
  form: string;
  name: string;
  value: string;
}

/** Foot of a list that has more pages. For `foot` of a table or card; nothing when there is nothing to say. */
export function Pagination({
  summary,
  previousTo,
  nextTo,
  previousLabel = 'Newer',
  nextLabel = 'Older',
  label = 'Pages',
  submits,
}: PaginationProps) {
  if (!summary && !previousTo && !nextTo) return null;
  return (
    <nav aria-label={label} className="flex min-h-control-small w-full items-center justify-between gap-4">
      <span>{summary}</span>
      <span className="flex gap-2">
        {previousTo && (
          <Step to={previousTo} icon={ChevronLeft} rel="prev" submits={submits}>
            {previousLabel}
          </Step>
        )}
        {nextTo && (
          <Step to={nextTo} iconAfter={ChevronRight} rel="next" submits={submits}>
            {nextLabel}
          </Step>
        )}
      </span>
    </nav>
  );
}

interface StepProps {
  to: string;
  rel: 'prev' | 'next';
  icon?: LucideIcon;
  iconAfter?: LucideIcon;
  submits: SubmitButton | undefined;
  children: ReactNode;
}

function Step({ to, rel, submits, ...rest }: StepProps) {
  if (!submits) return <LinkButton {...rest} to={to} rel={rel} size="small" />;
  return <Button {...rest} {...submits} formAction={to} formNoValidate size="small" />;
}
