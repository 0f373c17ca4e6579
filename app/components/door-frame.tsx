import type { ReactNode } from 'react';
import { Mark } from './mark.tsx';

export interface DoorFrameProps {
  title: string;
  /** A sentence below the title. */
  note?: ReactNode;
  /** The right half from 1,024 px: what Anvil is. */
  aside?: ReactNode;
  children: ReactNode;
}

/** The frame of pages before one is signed in: a narrow form left, what Anvil is right. */
export function DoorFrame({ title, note, aside, children }: DoorFrameProps) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)]">
      <main id="content" className="mx-auto grid w-full max-w-93 content-center px-4 py-10">
        <p className="mb-7 flex items-center gap-2.5 text-16 font-semibold">
          <Mark />
          Anvil
        </p>
        <h1 className="mb-5 text-21">{title}</h1>
        {note && (
          <p dir="auto" className="-mt-3 mb-5 text-mute">
            {note}
          </p>
        )}
        {children}
      </main>
      {aside && (
        <aside className="hidden content-center border-l border-line bg-panel px-16 py-10 lg:grid">
          {aside}
        </aside>
      )}
    </div>
  );
}
