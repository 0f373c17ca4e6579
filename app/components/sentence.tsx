import type { ReactNode } from 'react';

/** A sentence of the server with its identifiers, which stand in backticks, in monospace. */
export function Sentence({ children }: { children: string }): ReactNode {
  return children
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
