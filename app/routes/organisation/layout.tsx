import { redirect, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import {
  isRouteErrorResponse,
  Outlet,
  useLoaderData,
  useLocation,
  useMatches,
  useParams,
  useRouteLoaderData,
  type ShouldRevalidateFunction,
} from '@remix-run/react';
import { House, KeyRound, Package } from 'lucide-react';
import { GeneralErrorBoundary } from '../../components/error-page.tsx';
import { Frame, type FrameProps, type SideItem } from '../../components/frame.tsx';
import { LeaveGuard } from '../../components/leave-guard.tsx';
import { UnconfirmedAddress } from '../../components/unconfirmed-address.tsx';
import { pageErrorResponse } from '../../lib/errors.ts';
import { isFrameHandle } from '../../lib/frame-handle.ts';
import { placeOfPath } from '../../lib/page-crumbs.ts';
import { pageTitle } from '../../lib/page-title.ts';

const ID = 'routes/organisation/layout';
/** Sets in the side bar. A link leads to the others on the page of the project. */
const SETS_MAX = 50;

/** Pages inside name themselves; an error among them is this route's. */
export const meta: MetaFunction = ({ error }) => {
  if (!error) return pageTitle();
  return pageTitle(isRouteErrorResponse(error) && error.status === 404 ? 'Not found' : 'Error');
};

/** Who I am and where, for every page of an organisation. To strangers it is not there. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { user, requestId, trpc } = context;
  const { organisation: slug = '', project } = params;
  if (!user) {
    const { pathname, search } = new URL(request.url);
    throw redirect(`/sign-in?to=${encodeURIComponent(pathname + search)}`);
  }
  const organisation = user.organisations.find((candidate) => candidate.slug === slug);
  if (!organisation) throw pageErrorResponse({ status: 404, reason: 'not_found', requestId, address: slug });
  // A project that isn't there is said by the page inside.
  const sets = project
    ? await trpc.promptSets.list({ organisation: slug, project, limit: SETS_MAX }).catch(() => null)
    : null;
  return {
    user: { name: user.name, email: user.email },
    mustConfirmAddress: !user.email_confirmed && (await trpc.accounts.switches()).mail,
    organisation,
    sets: sets?.data.map((set) => set.slug) ?? [],
    hasMoreSets: sets?.meta.has_more === true,
  };
}

export type OrganisationData = Awaited<ReturnType<typeof loader>>;

/** What the layout knows, for pages and error pages inside of it. */
export function useOrganisation(): OrganisationData | undefined {
  return useRouteLoaderData<typeof loader>(ID);
}

/**
 * The layout has no path, so Remix can't see that the project or the organisation is another one. A refused action
 * changes nothing. After the end of a session, loading the layout again would replace a form by the sign-in page.
 */
export const shouldRevalidate: ShouldRevalidateFunction = ({
  currentParams,
  nextParams,
  actionStatus = 200,
  defaultShouldRevalidate,
}) =>
  (defaultShouldRevalidate && actionStatus < 400) ||
  currentParams.organisation !== nextParams.organisation ||
  currentParams.project !== nextParams.project;

export default function OrganisationLayout() {
  const match = useMatches().at(-1);
  const handle = isFrameHandle(match?.handle) ? match.handle : {};
  return (
    <OrganisationFrame
      data={useLoaderData<typeof loader>()}
      badge={handle.badge?.(match?.data)}
      layout={handle.layout}
    >
      <Outlet />
      <LeaveGuard />
    </OrganisationFrame>
  );
}

interface OrganisationFrameProps extends Pick<FrameProps, 'badge' | 'layout' | 'children'> {
  data: OrganisationData;
}

/** The frame of the organisation: pages and error pages have the same side bar and account menu. */
function OrganisationFrame({ data, badge, layout, children }: OrganisationFrameProps) {
  const { user, mustConfirmAddress, organisation, sets, hasMoreSets } = data;
  const { project } = useParams();
  const { pathname } = useLocation();
  const base = `/o/${organisation.slug}`;
  const items: SideItem[] = [
    { to: base, label: 'Home', icon: House, end: true },
    {
      to: `${base}/-/projects`,
      label: 'Projects',
      icon: Package,
      active: project !== undefined || pathname.startsWith(`${base}/-/projects`),
    },
  ];
  if (organisation.permissions.includes('apiKeys.read')) {
    items.push({ to: `${base}/-/api-keys`, label: 'API keys', icon: KeyRound });
  }
  return (
    <Frame
      {...placeOfPath(pathname)}
      badge={badge}
      layout={layout}
      user={user}
      signOutAction="/sign-out"
      homeTo={base}
      items={items}
      notice={mustConfirmAddress && <UnconfirmedAddress email={user.email} />}
      sets={
        project
          ? {
              project,
              sets: sets.map((slug) => ({ label: slug, to: `${base}/${project}/${slug}` })),
              allTo: hasMoreSets ? `${base}/${project}` : undefined,
            }
          : undefined
      }
    >
      {children}
    </Frame>
  );
}

export function ErrorBoundary() {
  const data = useOrganisation();
  if (!data) return <GeneralErrorBoundary />;
  return (
    <OrganisationFrame data={data}>
      <GeneralErrorBoundary bare />
    </OrganisationFrame>
  );
}
