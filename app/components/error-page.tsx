import { isRouteErrorResponse, Link, useLocation, useRouteError, useRouteLoaderData } from '@remix-run/react';
import { ArrowRight, Box } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { readPageError, type PageError } from '../lib/errors.ts';
import { crumbsOfPath } from '../lib/crumbs.ts';
import { useDocumentFacts } from '../lib/document-context.ts';
import { useHydrated } from '../lib/use-hydrated.ts';
import { TopBar, type TopBarProps } from './top-bar.tsx';
import { LinkButton } from './ui/button.tsx';
import { Card, CardRow, CardRows } from './ui/card.tsx';
import { CopyButton } from './ui/copy-button.tsx';

export interface ErrorPageProps extends Partial<PageError> {
  /** Left out when the page failed in the browser. */
  status?: number;
  title: ReactNode;
  /** Inside a frame, which has the `<main>`. */
  bare?: boolean;
  children?: ReactNode;
}

/** A page for what went wrong: what is so, what to do, and the request to name when asking somebody. */
export function ErrorPage({ status, title, bare, children, suggestions = [], requestId }: ErrorPageProps) {
  const Main = bare ? 'div' : 'main';
  return (
    <Main id={bare ? undefined : 'content'} className="mx-auto max-w-154 px-4 pt-16 pb-16 md:pt-24">
      {status !== undefined && <p className="mb-2 font-mono text-12 text-mute">{status}</p>}
      <h1 dir="auto" className="text-21 text-balance">
        {title}
      </h1>
      {children && <div className="mt-2 text-mute">{children}</div>}
      {suggestions.length > 0 && (
        <div className="mt-5">
          <Card flush>
            <CardRows>
              {suggestions.map(({ label, to }) => (
                <CardRow
                  key={to}
                  to={to}
                  aside={<ArrowRight size={16} strokeWidth={1.75} aria-hidden="true" />}
                >
                  <span className="flex items-center gap-2 font-mono text-13">
                    <Box size={16} strokeWidth={1.75} aria-hidden="true" />
                    {label}
                  </span>
                </CardRow>
              ))}
            </CardRows>
          </Card>
        </div>
      )}
      {requestId && (
        <p className="mt-5 flex items-center gap-1.5 text-12 text-faint">
          <span className="shrink-0">Request</span> <code>{requestId}</code>
          <CopyButton iconOnly size="small" variant="quiet" text={requestId} label="Copy the request id" />
        </p>
      )}
    </Main>
  );
}

/** Sentences by status; whatever has none is told by its message, or as a 500. */
function describe(error: PageError): { title: ReactNode; text: ReactNode } {
  const { status, reason, message, address, suggestions = [] } = error;
  if (status === 404) {
    return {
      title: address ? (
        <>
          <code>{address}</code> wasn’t found, or you don’t have access.
        </>
      ) : (
        'Page not found, or you don’t have access.'
      ),
      text:
        suggestions.length > 0 ? (
          `Did you mean ${suggestions.length > 1 ? 'one of these' : 'this one'}?`
        ) : (
          <HomeLink />
        ),
    };
  }
  if (status === 403)
    return {
      title: message ?? 'Your role doesn’t allow this.',
      text: 'An admin or owner of the organisation can do it, or change your role.',
    };
  if (status === 401) return { title: 'Sign in to see this page.', text: <HomeLink words="Sign in" /> };
  if (status === 410) return { title: message ?? 'This was withdrawn.', text: <HomeLink /> };
  if (status === 503 && reason === 'outcome_unknown')
    return {
      title: message,
      text: 'The connection to the database was lost while the change was being saved.',
    };
  if (status === 503)
    return { title: message ?? 'Anvil can’t answer right now. Try again in a moment.', text: null };
  if (status >= 500)
    return {
      title: 'Internal error',
      text: 'Something went wrong. The error was logged under the request ID below.',
    };
  return { title: message ?? 'This request isn’t possible.', text: <HomeLink /> };
}

function HomeLink({ words = 'Home' }: { words?: string }) {
  return (
    <span className="mt-3 inline-block">
      <LinkButton to="/">{words}</LinkButton>
    </span>
  );
}

export interface GeneralErrorBoundaryProps {
  /** Without a top bar of its own: inside a frame. */
  bare?: boolean;
  /** Who is signed in, as far as a loader of the page has said so. */
  user?: TopBarProps['user'];
}

/** The error boundary of every route: 401, 403, 404, 410, 500, 503 and whatever else comes as a PageError. */
export function GeneralErrorBoundary({ bare, user }: GeneralErrorBoundaryProps) {
  const thrown = useRouteError();
  const { pathname } = useLocation();
  const requestId = useDocumentRequestId();
  const cameWithDocument = useCameWithDocument();
  const isFromServer = cameWithDocument || isServerError(thrown);
  const error: PageError = isRouteErrorResponse(thrown)
    ? { ...readPageError(thrown.data), status: thrown.status }
    : { status: 500 };
  const { title, text } = isFromServer ? describe(error) : FAILED_IN_BROWSER;
  return (
    <>
      {!bare && <TopBar crumbs={crumbsOfPath(pathname)} user={user} signOutAction="/sign-out" />}
      <ErrorPage
        {...error}
        bare={bare}
        status={isFromServer ? error.status : undefined}
        requestId={error.requestId ?? requestId}
        title={title}
      >
        {text}
        {error.status >= 500 && (
          <p className="mt-4">
            <Link to={pathname} reloadDocument className="rounded-4 text-ember underline underline-offset-3">
              Try again
            </Link>
          </p>
        )}
      </ErrorPage>
    </>
  );
}

const FAILED_IN_BROWSER = {
  title: 'This page can’t be shown.',
  text: 'It failed in your browser. Try again, or go back.',
};

/** Whether a loader or action failed: such an error is logged, and Remix hides its message from the browser. */
function isServerError(thrown: unknown): boolean {
  return (
    isRouteErrorResponse(thrown) || (thrown instanceof Error && thrown.message === 'Unexpected Server Error')
  );
}

/** Whether the error came with the document and not by a later navigation. */
function useCameWithDocument(): boolean {
  const hydrated = useHydrated();
  const [cameWithDocument] = useState(!hydrated);
  return cameWithDocument;
}

/** The id of the request that brought this document, when the error came with it. */
function useDocumentRequestId(): string | undefined {
  const facts = useDocumentFacts();
  const root = useRouteLoaderData<{ requestId?: string }>('root');
  return useCameWithDocument() ? (facts.requestId ?? root?.requestId) : undefined;
}
