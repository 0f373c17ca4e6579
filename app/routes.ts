import { layout, route, type RouteConfig } from '@remix-run/route-config';

/** Every URL of the pages, and the file that answers it. Pages about a thing follow a `-`, which no slug can be. */
export default [
  route('/', 'routes/start.tsx'),
  route('sign-in', 'routes/accounts/sign-in.tsx'),
  route('register', 'routes/accounts/register.tsx'),
  route('forgotten-password', 'routes/accounts/forgotten-password.tsx'),
  route('sign-in-link', 'routes/accounts/sign-in-link.tsx'),
  route('confirm-address', 'routes/accounts/confirm-address.tsx'),
  // Where every link of a mail leads, with its token behind the `?`.
  route('link', 'routes/accounts/link.tsx'),
  route('sign-out', 'routes/accounts/sign-out.tsx'),
  route('theme', 'routes/theme.tsx'),

  // The layout has no path of its own: so the form of a page posts to the page, without Remix' `?index`.
  layout('routes/organisation/layout.tsx', [
    route('o/:organisation', 'routes/organisation/home.tsx'),
    route('o/:organisation/-/projects', 'routes/projects/list.tsx'),
    route('o/:organisation/-/projects/new', 'routes/projects/new.tsx'),
    route('o/:organisation/-/api-keys', 'routes/api-keys/keys.tsx'),

    route('o/:organisation/:project', 'routes/projects/project.tsx'),
    route('o/:organisation/:project/-/new-set', 'routes/projects/new-set.tsx'),

    route('o/:organisation/:project/:set', 'routes/prompt-sets/prompt-set.tsx'),
    route('o/:organisation/:project/:set/-/new-prompt', 'routes/prompts/new-prompt.tsx'),
    route('o/:organisation/:project/:set/-/publish', 'routes/versions/publish.tsx'),
    route('o/:organisation/:project/:set/-/versions', 'routes/versions/versions.tsx'),
    route('o/:organisation/:project/:set/-/versions/:number', 'routes/versions/version.tsx'),
    route('o/:organisation/:project/:set/-/versions/:number/print', 'routes/versions/print.tsx'),
    route('o/:organisation/:project/:set/-/labels', 'routes/labels/labels.tsx'),

    route('o/:organisation/:project/:set/:prompt', 'routes/prompts/editor.tsx'),
    route('o/:organisation/:project/:set/:prompt/-/revisions', 'routes/prompts/revisions.tsx'),

    route('o/:organisation/*', 'routes/organisation/missing.tsx'),
  ]),
  route('o/:organisation/:project/:set/-/preview', 'routes/prompts/preview.ts'),

  // Development only: every part in every state.
  route('dev/ui', 'routes/dev/ui.tsx'),
  route('dev/ui/frame', 'routes/dev/frame.tsx'),
  route('dev/ui/errors/:status', 'routes/dev/errors.tsx'),
  route('dev/mail', 'routes/dev/mail.tsx'),

  route('*', 'routes/missing.tsx'),
] satisfies RouteConfig;
