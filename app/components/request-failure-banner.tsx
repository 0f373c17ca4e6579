import { createPath, useNavigate, useSubmit } from '@remix-run/react';
import { isServerReachable } from '../lib/reload-guard.ts';
import { usePendingNavigation, useRequestFailure } from '../lib/use-navigation.ts';
import { Banner } from './ui/banner.tsx';
import { Button } from './ui/button.tsx';

/** Says that the newest request of the page failed, and sends it again. The page below keeps everything typed. */
export function RequestFailureBanner() {
  const failure = useRequestFailure();
  const navigation = usePendingNavigation();
  const navigate = useNavigate();
  const submit = useSubmit();
  if (!failure) return null;

  const { state, location, formData, formAction, formMethod, formEncType } = navigation;
  const tryAgain = (): void => {
    if (failure.needsDocument && location) void openDocument(createPath(location));
    else if (state === 'submitting' && formData)
      submit(formData, {
        action: formAction,
        method: formMethod,
        encType: formEncType,
        preventScrollReset: true,
      });
    else if (location) {
      // After Back or Forward, the address bar already shows the next page.
      const { pathname, search } = window.location;
      const isShown =
        pathname + search === createPath({ pathname: location.pathname, search: location.search });
      navigate(location, { replace: isShown, state: location.state as unknown });
    }
  };
  return (
    <div className="fixed inset-x-4 bottom-12 z-40 mx-auto max-w-154 rounded-6 shadow-float">
      <Banner
        tone="major"
        live
        action={
          state !== 'idle' && (
            <Button type="button" size="small" onClick={tryAgain}>
              Try again
            </Button>
          )
        }
      >
        {failure.message}
      </Banner>
    </div>
  );
}

/** Loads a page as a document, when there is a server to load it from. */
async function openDocument(path: string): Promise<void> {
  if (await isServerReachable()) window.location.assign(path);
}
