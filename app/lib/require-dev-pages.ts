import type { PageContext } from '../context.ts';
import { pageErrorResponse } from './errors.ts';

/** @throws Response 404 unless the server says that pages for developers are shown */
export function requireDevPages({ devPages, requestId }: Pick<PageContext, 'devPages' | 'requestId'>): void {
  if (!devPages) throw pageErrorResponse({ status: 404, requestId });
}
