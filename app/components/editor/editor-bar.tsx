import { Check, CircleDot, CircleX, History } from 'lucide-react';
import type { ReactNode } from 'react';
import { useAnnouncement } from '../../lib/announcements.ts';
import { Sentence } from '../sentence.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { Time } from '../ui/time.tsx';

export interface EditorBarProps {
  revision: number;
  savedAt: string;
  dirty: boolean;
  busy: boolean;
  /** Why the text as it is couldn’t be saved. */
  obstacle?: string;
  historyTo: string;
  /** The primary button: saves and goes on to publish. */
  publish: ReactNode;
}

/** The bar over the editor: how it stands left, what can be done right. */
export function EditorBar({ revision, savedAt, dirty, busy, obstacle, historyTo, publish }: EditorBarProps) {
  // Announced here because the visible state contains a clock, which would be read out at every tick.
  const saved = busy || dirty ? '' : `Saved as revision ${revision}.`;
  useAnnouncement(obstacle && !busy ? `Not saved: ${obstacle}` : saved);
  return (
    <div className="editor-bar sticky top-bar z-10 flex min-h-bar flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-panel px-4 py-2">
      <p className="flex min-w-0 basis-full items-center gap-2 text-12 text-mute md:flex-1 md:basis-0 md:text-13">
        {busy ? (
          'Saving …'
        ) : obstacle ? (
          <>
            <CircleX size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-major" />
            <span>
              Not saved: <Sentence>{obstacle}</Sentence>
            </span>
          </>
        ) : dirty ? (
          <>
            <CircleDot size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-ember" />
            <span>Changed since revision {revision}, not saved</span>
          </>
        ) : (
          <>
            <Check size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0" />
            <span>
              Saved · revision {revision} · <Time value={savedAt} />
            </span>
          </>
        )}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <LinkButton to={historyTo} variant="quiet" icon={History}>
          History
        </LinkButton>
        {/* First among the form's buttons, so that Enter in a field saves. */}
        <Button name="intent" value="save" data-save="">
          Save
          <kbd className="hidden rounded-4 border border-line-strong px-1 text-12 text-mute md:inline">
            Ctrl S
          </kbd>
        </Button>
        {publish}
      </div>
    </div>
  );
}
