import { route, type RouteConfig } from '@remix-run/route-config';

/** Every URL of the pages, and the file that answers it. Pages about a thing follow a `-`, which no slug can be. */
export default [
  route('theme', 'routes/theme.tsx'),

  // Development only: every part in every state.
  route('dev/ui', 'routes/dev/ui.tsx'),
  route('dev/ui/frame', 'routes/dev/frame.tsx'),
  route('dev/ui/errors/:status', 'routes/dev/errors.tsx'),

  route('*', 'routes/missing.tsx'),
] satisfies RouteConfig;
