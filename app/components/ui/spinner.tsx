import { LoaderCircle } from 'lucide-react';

/** A turning ring for work of unknown length. Says nothing by itself: what is busy carries `aria-busy` and words. */
export function Spinner({ size = 16 }: { size?: number }) {
  return <LoaderCircle size={size} strokeWidth={1.75} aria-hidden="true" className="shrink-0 animate-spin" />;
}
