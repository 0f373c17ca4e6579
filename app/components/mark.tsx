import { classNames } from '../lib/class-names.ts';

/** The anvil, 20 px wide, in the colour of the ember. Decoration: the word beside it or a label names it. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width="20"
      height="20"
      fill="currentColor"
      aria-hidden="true"
      className={classNames('shrink-0 text-ember', className)}
    >
      <path d="M.6 5.6h4.9v4.5H5C2.7 10.1.8 8.2.6 5.6z" />
      <path d="M6.6 4.6H19.4v1.6c0 .35-.2.55-.5.6-2.6.35-4.4 1.6-4.7 3.5-.2 1.5.4 2.6 1.6 3.3.35.2.55.5.55.9v1.1c0 .3-.2.5-.5.5H7.1c-.3 0-.5-.2-.5-.5v-1.1c0-.4.2-.7.55-.9 1.1-.6 1.9-1.5 1.95-2.6H7.1c-.3 0-.5-.2-.5-.5z" />
    </svg>
  );
}
