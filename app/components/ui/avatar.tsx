/** The initials of a person in a ring: "MK" for "Mara Kern". Names that person only where no name stands beside it. */
export function Avatar({ name }: { name: string }) {
  return (
    <span
      aria-hidden="true"
      className="inline-flex size-6.5 shrink-0 items-center justify-center rounded-full border border-line-strong bg-ember-wash text-12 font-semibold tracking-tight text-ember"
    >
      <bdi>{initials(name)}</bdi>
    </span>
  );
}

/** First letters of the first and the last word, at most two. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return (
    letters
      .map((word) => [...(word ?? '')][0] ?? '')
      .join('')
      .toUpperCase() || '?'
  );
}
