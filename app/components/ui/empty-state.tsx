import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

export interface EmptyStateProps {
  icon?: LucideIcon;
  /** One sentence: what belongs here and why one wants it. */
  children: ReactNode;
  /** One button. */
  action?: ReactNode;
  /** One example: a line of code, an address. */
  example?: ReactNode;
}

/** What stands where nothing is yet: one sentence, one action, one example. */
export function EmptyState({ icon: Icon, children, action, example }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-4 px-4 py-10 text-center">
      {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden="true" className="text-faint" />}
      <p className="max-w-105 text-balance text-mute">{children}</p>
      {action}
      {example && <div className="max-w-full text-12 text-faint">{example}</div>}
    </div>
  );
}
