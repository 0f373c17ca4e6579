import type { LoaderFunctionArgs } from '@remix-run/node';
import { GeneralErrorBoundary } from '../../components/error-page.tsx';
import { pageErrorResponse } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { requireDevPages } from '../../lib/require-dev-pages.ts';

export const meta = () => pageTitle('Error pages');

/** /dev/ui/errors/404 and so on: the error page of that status; 500 by a real bug. */
export function loader({ params, context }: LoaderFunctionArgs): never {
  requireDevPages(context);
  const status = Number(params.status);
  if (status === 500) throw new Error('A bug, thrown to show its page');
  const suggestions = [
    { label: 'support/emails', to: '/dev/ui/frame' },
    { label: 'support/summaries', to: '/dev/ui/frame' },
  ];
  throw pageErrorResponse({
    status: status >= 400 && status < 600 ? status : 404,
    requestId: context.requestId,
    ...(status === 404 ? { address: 'support/mails', suggestions } : {}),
  });
}

export default function Errors() {
  return null;
}

export function ErrorBoundary() {
  return <GeneralErrorBoundary />;
}
