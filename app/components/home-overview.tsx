import type { HomeView } from '#server/schemas/home.ts';
import { Box, PencilLine, Plus } from 'lucide-react';
import { pageOfAddress, wordsOfAction } from '../lib/activity-words.ts';
import { PageHead } from './page-head.tsx';
import { LinkButton } from './ui/button.tsx';
import { Card, CardRow, CardRows } from './ui/card.tsx';
import { EmptyState } from './ui/empty-state.tsx';
import { TextLink } from './ui/link.tsx';
import { LabelTag, Tag, VersionTag } from './ui/tag.tsx';
import { Time } from './ui/time.tsx';

export interface HomeOverviewProps {
  home: HomeView;
  /** `/o/acme` */
  base: string;
}

/** Home of an organisation that has prompt sets: unpublished drafts, published versions, the last actions. */
export function HomeOverview({ home, base }: HomeOverviewProps) {
  const { unpublished, published } = home;
  return (
    <>
      <PageHead
        title={home.organisation.name}
        actions={
          home.can_write && (
            <LinkButton to={`${base}/-/projects/new`} icon={Plus}>
              New project
            </LinkButton>
          )
        }
      />
      <div className="grid gap-4 lg:grid-cols-2 lg:gap-6">
        <div className="grid min-w-0 content-start gap-4">
          <Card
            flush
            title="Unpublished drafts"
            foot={unpublished.has_more && <MoreSets shown={unpublished.data.length} base={base} />}
          >
            {unpublished.data.length === 0 ? (
              <p className="px-3.5 py-3 text-mute">Nothing to publish.</p>
            ) : (
              <CardRows>
                {unpublished.data.map(({ address, changed_prompts: count, latest }) => (
                  <CardRow
                    key={address}
                    to={`${base}/${address}`}
                    aside={latest ? `${changes(count)} since ${latest}` : 'never published'}
                  >
                    <Address icon={PencilLine}>{address}</Address>
                  </CardRow>
                ))}
              </CardRows>
            )}
          </Card>
          <Card
            flush
            title="Published"
            foot={published.has_more && <MoreSets shown={published.data.length} base={base} />}
          >
            {published.data.length === 0 ? (
              <p className="px-3.5 py-3 text-mute">Nothing yet. Publish a prompt set on its page.</p>
            ) : (
              <CardRows>
                {published.data.map(({ address, latest, labels }) => (
                  <CardRow key={address} to={`${base}/${address}`}>
                    {/* Not an aside: on a phone its labels go below the address. */}
                    <span className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1.5 py-0.5">
                      <Address icon={Box}>{address}</Address>
                      <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-mute">
                        {labels.map(({ name, version }) => (
                          <span key={name} className="flex items-center gap-1.5">
                            <LabelTag name={name} />
                            <span className="font-mono">{version}</span>
                          </span>
                        ))}
                        <VersionTag version={latest} />
                      </span>
                    </span>
                  </CardRow>
                ))}
              </CardRows>
            )}
          </Card>
        </div>
        <Card flush title="Recent activity" className="self-start">
          {home.activity.length === 0 ? (
            <p className="px-3.5 py-3 text-mute">No activity yet.</p>
          ) : (
            <CardRows>
              {home.activity.map(({ action, address, author, created_at: at }) => (
                <CardRow key={`${at} ${action} ${address}`} aside={<Time value={at} short />}>
                  <bdi>{author}</bdi> {wordsOfAction(action)}{' '}
                  <TextLink
                    to={pageOfAddress(base, address)}
                    tone="ink"
                    className="font-mono text-13 wrap-anywhere"
                  >
                    {address}
                  </TextLink>
                </CardRow>
              ))}
            </CardRows>
          )}
        </Card>
      </div>
    </>
  );
}

/** Says that a list is only the first part, and leads to all prompt sets. */
function MoreSets({ shown, base }: { shown: number; base: string }) {
  return (
    <>
      <span>The first {shown} are shown.</span>
      <TextLink tone="mute" to={`${base}/-/projects`}>
        All projects
      </TextLink>
    </>
  );
}

/** Home of an organisation without projects, for a person who can’t create one. */
export function HomeWithoutProjects({ name }: { name: string }) {
  return (
    <>
      <PageHead title={name} />
      <Card>
        <EmptyState icon={Box}>
          Nothing is here yet. An admin or owner can create the first project.
        </EmptyState>
      </Card>
    </>
  );
}

/** Home between the first project and its first prompt set. */
export function HomeWithoutSets({ home, base, mayWrite }: HomeOverviewProps & { mayWrite: boolean }) {
  const [project] = home.projects;
  return (
    <>
      <PageHead title={home.organisation.name} />
      <Card>
        <EmptyState
          icon={Box}
          action={
            mayWrite && project ? (
              <LinkButton variant="primary" to={`${base}/${project.slug}/-/new-set`}>
                New prompt set
              </LinkButton>
            ) : undefined
          }
          example={<Tag mono>{project?.slug ?? 'support'}/emails</Tag>}
        >
          A prompt set holds the prompts that belong together and are released together. None is here yet.
        </EmptyState>
      </Card>
    </>
  );
}

function Address({ icon: Icon, children }: { icon: typeof Box; children: string }) {
  return (
    <span className="flex items-center gap-2 font-mono text-13">
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-mute" />
      <span className="wrap-anywhere">{children}</span>
    </span>
  );
}

function changes(count: number): string {
  return count === 1 ? '1 prompt changed' : `${count} prompts changed`;
}
