import { RotateCcw } from 'lucide-react';
import type { DraftKeeper } from '../lib/use-draft-keeper.ts';
import { Banner } from './ui/banner.tsx';
import { Button } from './ui/button.tsx';
import { Time } from './ui/time.tsx';

/** Offers back what was typed before the browser crashed or the page was left; nothing when there is nothing. */
export function DraftOffer({ offered, takeOffer, declineOffer }: DraftKeeper) {
  if (!offered) return null;
  return (
    <Banner
      icon={RotateCcw}
      live="There is text that was not saved."
      action={
        <span className="flex gap-2">
          <Button type="button" size="small" onClick={takeOffer}>
            Restore
          </Button>
          <Button type="button" size="small" variant="quiet" onClick={declineOffer}>
            Discard
          </Button>
        </span>
      }
    >
      Unsaved text was found here, from <Time value={offered.keptAt} />.
    </Banner>
  );
}
