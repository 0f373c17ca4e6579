import type { LoaderFunctionArgs } from '@remix-run/node';
import { GeneralErrorBoundary } from '../components/error-page.tsx';
import { pageErrorResponse } from '../lib/errors.ts';
import { pageTitle } from '../lib/page-title.ts';

export const meta = () => pageTitle('Not found');

/** Whatever no other route answers. */
export function loader({ context }: LoaderFunctionArgs): never {
  throw pageErrorResponse({ status: 404, requestId: context.requestId });
}

export default function Missing() {
  return null;
}

export function ErrorBoundary() {
  return <GeneralErrorBoundary />;
}
