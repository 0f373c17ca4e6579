import { ChevronLeft, ChevronRight } from 'lucide-react';
import { LinkButton } from './button.tsx';

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
}

/** Foot of a list that has more pages. For `foot` of a table or card; nothing when there is nothing to say. */
export function Pagination({
  summary,
  previousTo,
  nextTo,
  previousLabel = 'Newer',
  nextLabel = 'Older',
  label = 'Pages',
}: PaginationProps) {
  if (!summary && !previousTo && !nextTo) return null;
  return (
    <nav aria-label={label} className="flex min-h-control-small w-full items-center justify-between gap-4">
      <span>{summary}</span>
      <span className="flex gap-2">
        {previousTo && (
          <LinkButton to={previousTo} size="small" icon={ChevronLeft} rel="prev">
            {previousLabel}
          </LinkButton>
        )}
        {nextTo && (
          <LinkButton to={nextTo} size="small" iconAfter={ChevronRight} rel="next">
            {nextLabel}
          </LinkButton>
        )}
      </span>
    </nav>
  );
}
