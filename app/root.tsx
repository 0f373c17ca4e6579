import { data, type LinksFunction, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Links, Meta, Outlet, Scripts, ScrollRestoration, useRouteLoaderData } from '@remix-run/react';
import interFont from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import monoFont from '@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2?url';
import type { ReactNode } from 'react';
import { GeneralErrorBoundary } from './components/error-page.tsx';
import { PageFocus } from './components/page-focus.tsx';
import { RequestFailureBanner } from './components/request-failure-banner.tsx';
import { useDocumentFacts } from './lib/document-context.ts';
import { NO_NOTICE, noticeFromCookie } from './lib/notice.server.ts';
import { isTheme, themeFromCookie } from './lib/theme.ts';
import icon from './styles/anvil.svg?url';
import styles from './styles/app.css?url';

export const links: LinksFunction = () => [
  { rel: 'preload', href: interFont, as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' },
  { rel: 'preload', href: monoFont, as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' },
  { rel: 'stylesheet', href: styles },
  { rel: 'icon', href: icon, type: 'image/svg+xml' },
];

/** The title of pages that name none. Others export `meta` with `pageTitle(…)` of lib/page-title.ts. */
export const meta: MetaFunction = () => [{ title: 'Anvil' }];

export function loader({ request, context }: LoaderFunctionArgs) {
  const cookies = request.headers.get('Cookie');
  const notice = noticeFromCookie(cookies);
  const facts = { theme: themeFromCookie(cookies), requestId: context.requestId, notice };
  // A notice is shown once.
  return data(facts, notice ? { headers: { 'Set-Cookie': NO_NOTICE } } : undefined);
}

/** The document around every page and every error page. */
export function Layout({ children }: { children: ReactNode }) {
  const facts = useDocumentFacts();
  // An error in the root loader leaves no data: the facts of the entry stand in.
  const theme = useRouteLoaderData<typeof loader>('root')?.theme ?? facts.theme;
  return (
    <html lang="en" data-theme={isTheme(theme) && theme !== 'system' ? theme : undefined}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <PageFocus />
        <ScrollRestoration nonce={facts.cspNonce} />
        <Scripts nonce={facts.cspNonce} />
      </body>
    </html>
  );
}

export default function App() {
  return (
    <>
      <Outlet />
      <RequestFailureBanner />
    </>
  );
}

export function ErrorBoundary() {
  return <GeneralErrorBoundary />;
}
