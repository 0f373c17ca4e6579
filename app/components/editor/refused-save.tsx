import { useLocation } from '@remix-run/react';
import { Banner } from '../ui/banner.tsx';
import { LinkButton } from '../ui/button.tsx';
import type { EditorAnswer } from './answer.ts';
import { IntentButton } from './intent-button.tsx';

/** Says why a save was refused, when the reason belongs to no field, and what can be done. */
export function RefusedSave({ answer }: { answer: EditorAnswer }) {
  const { pathname } = useLocation();
  if (answer.signedOut) {
    return (
      <Banner
        tone="major"
        live
        action={
          // In a new tab, so that the text stays here.
          <LinkButton to={`/sign-in?to=${encodeURIComponent(pathname)}`} target="_blank" size="small">
            Sign in
          </LinkButton>
        }
      >
        Not saved: your session has ended. Your text is kept. Sign in, then save again.
      </Banner>
    );
  }
  if (!answer.sentence) return null;
  return (
    <Banner
      tone="major"
      live
      action={
        answer.archived && (
          <div className="flex flex-wrap gap-2">
            <IntentButton intent="restore-and-save">Restore it and save</IntentButton>
            <IntentButton intent="copy" variant="quiet">
              Keep mine as a copy
            </IntentButton>
          </div>
        )
      }
    >
      {answer.sentence}
    </Banner>
  );
}
