import type { ReactNode } from 'react';
import type { FrameProps } from '../components/frame.tsx';

/**
 * What a page tells the frame around it: `export const handle: FrameHandle = { layout: 'full' }`. The frame stays as it
 * is while pages change inside, so the focus and an open menu stay too.
 */
export interface FrameHandle {
  layout?: FrameProps['layout'];
  /** A tag after the breadcrumb, made from the page's loader data: a version, `draft`. */
  badge?: (data: unknown) => ReactNode;
}

/** A handle as `useMatches` gives it: whatever a route module exports under that name. */
export function isFrameHandle(handle: unknown): handle is FrameHandle {
  return typeof handle === 'object' && handle !== null;
}
