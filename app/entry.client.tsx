import { RemixBrowser } from '@remix-run/react';
import { StrictMode, startTransition } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { keepPageOnFailure } from './lib/page-requests.ts';
import { reportInsteadOfReload } from './lib/reload-guard.ts';

/**
 * Reads the data that came with the page. Remix does so in its first render and throws the promise; were that render
 * React's, a key pressed meanwhile would end it with "Root did not complete" (remix-run/remix#10214).
 */
async function readPageData(): Promise<void> {
  try {
    RemixBrowser({});
  } catch (thrown) {
    await thrown;
  }
}

keepPageOnFailure(window);
// In development, Vite reloads the page when the server was started again.
if (import.meta.env.PROD) reportInsteadOfReload(window);
await readPageData();
startTransition(() => {
  hydrateRoot(
    document,
    <StrictMode>
      <RemixBrowser />
    </StrictMode>,
  );
});
