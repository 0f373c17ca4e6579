import type { LoaderFunctionArgs } from '@remix-run/node';
import { pageErrorResponse } from '../../lib/errors.ts';

/** Addresses of an organisation that no other route answers: the error page keeps the frame. */
export function loader({ context }: LoaderFunctionArgs): never {
  throw pageErrorResponse({ status: 404, requestId: context.requestId });
}

export default function Missing() {
  return null;
}
