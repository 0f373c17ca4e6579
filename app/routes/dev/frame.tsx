import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { House, KeyRound, Package, PenLine, Plus } from 'lucide-react';
import { GeneralErrorBoundary } from '../../components/error-page.tsx';
import { Frame } from '../../components/frame.tsx';
import { WithAside } from '../../components/page-head.tsx';
import { SetHead } from '../../components/set-tabs.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { Card, CardRow, CardRows } from '../../components/ui/card.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { Table } from '../../components/ui/table.tsx';
import { LabelTag, VersionTag } from '../../components/ui/tag.tsx';
import { UseIt } from '../../components/use-it.tsx';
import { pageTitle } from '../../lib/page-title.ts';
import { requireDevPages } from '../../lib/require-dev-pages.ts';
import { SAMPLE_COLUMNS, SAMPLE_PROMPTS } from './specimens/data.tsx';

export const meta = () => pageTitle('The frame');

export function loader({ context }: LoaderFunctionArgs) {
  requireDevPages(context);
  return { baseUrl: context.baseUrl };
}

const LABELS = [
  { name: 'latest', version: '2.3.1', by: 'automatic' },
  { name: 'staging', version: '2.3.1', by: 'Ines · 4 h' },
  { name: 'production', version: '2.2.0', by: 'Mara · 6 d' },
];

/** The frame around a prompt set with invented content. */
export default function FrameSpecimen() {
  const { baseUrl } = useLoaderData<typeof loader>();
  const here = '/dev/ui/frame';
  return (
    <Frame
      crumbs={[{ label: 'acme', to: here }, { label: 'support', to: here }, { label: 'emails' }]}
      address="support/emails"
      user={{ name: 'Mara Kern', email: 'mara@acme.example' }}
      items={[
        { to: '/dev/ui', label: 'Home', icon: House, end: true },
        { to: here, label: 'Projects', icon: Package, count: 3 },
        { to: '/dev/ui/errors/404', label: 'API keys', icon: KeyRound, count: 4 },
      ]}
      sets={{
        project: 'support',
        sets: [
          { label: 'triage', to: '/dev/ui/errors/403' },
          { label: 'summaries', to: '/dev/ui/errors/503' },
        ],
      }}
    >
      <SetHead
        base={here}
        set={{
          address: 'support/emails',
          latest: '2.3.1',
          description: 'What customers read when they write to us. Owned by the support team.',
          counts: { prompts: 6, versions: 14, labels: 3 },
        }}
        actions={
          <>
            <LinkButton to={here} icon={Plus}>
              New prompt
            </LinkButton>
            <LinkButton to={here} variant="primary">
              Publish 2.4.0
            </LinkButton>
          </>
        }
      />
      <WithAside
        aside={
          <>
            <UseIt
              baseUrl={baseUrl}
              address="support/emails/refund@^2.3"
              values={{ reason: 'arrived broken' }}
            />
            <Card
              flush
              title="Labels"
              aside={
                <TextLink tone="mute" to={here}>
                  History
                </TextLink>
              }
            >
              <CardRows plain>
                {LABELS.map(({ name, version, by }) => (
                  <CardRow key={name} dense aside={by}>
                    <span className="grid grid-cols-[6.5rem_1fr] items-center">
                      <span>
                        <LabelTag name={name} />
                      </span>
                      <code>{version}</code>
                    </span>
                  </CardRow>
                ))}
              </CardRows>
            </Card>
          </>
        }
      >
        <Banner
          icon={PenLine}
          action={
            <TextLink tone="mute" to={here}>
              Compare
            </TextLink>
          }
        >
          Draft has <strong>3 changes</strong> since 2.3.1. The next version is{' '}
          <VersionTag version="2.4.0" tone="minor" /> because <code>refund</code> gained an optional
          parameter.
        </Banner>
        <Table
          label="Prompts of support/emails"
          columns={SAMPLE_COLUMNS}
          rows={SAMPLE_PROMPTS}
          rowKey={(row) => row.name}
          rowTo={() => here}
        />
      </WithAside>
    </Frame>
  );
}

export function ErrorBoundary() {
  return <GeneralErrorBoundary />;
}
