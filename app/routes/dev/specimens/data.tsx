import { Package, Plus } from 'lucide-react';
import { Button, LinkButton } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { DiffCount, DiffView } from '../../../components/ui/diff.tsx';
import { EmptyState } from '../../../components/ui/empty-state.tsx';
import { Pagination } from '../../../components/ui/pagination.tsx';
import { Table, type Column } from '../../../components/ui/table.tsx';
import { TabLinks } from '../../../components/ui/tabs.tsx';
import { LevelTag, Tag } from '../../../components/ui/tag.tsx';
import { diffTexts } from '../../../lib/diff.ts';

interface SamplePrompt {
  name: string;
  kind: string;
  parameters: string;
  change?: 'minor' | 'patch';
  edited: string;
}

export const SAMPLE_PROMPTS: SamplePrompt[] = [
  { name: 'welcome', kind: 'chat', parameters: 'name, plan, locale?', edited: 'Mara · 3 d' },
  {
    name: 'refund',
    kind: 'chat',
    parameters: 'order, reason, tone?',
    change: 'minor',
    edited: 'Jonas · 2 h',
  },
  { name: 'reset-password', kind: 'text', parameters: 'name, link', edited: 'Mara · 3 w' },
  {
    name: 'escalation',
    kind: 'chat',
    parameters: 'ticket, history, sla',
    change: 'patch',
    edited: 'Ines · 5 h',
  },
];

export const SAMPLE_COLUMNS: Column<SamplePrompt>[] = [
  { key: 'name', head: 'Prompt', mono: true, cell: (row) => row.name },
  { key: 'kind', head: 'Kind', cell: (row) => row.kind },
  { key: 'parameters', head: 'Parameters', mono: true, phone: 'hidden', cell: (row) => row.parameters },
  {
    key: 'draft',
    head: 'Draft',
    phone: 'aside',
    cell: ({ change }) =>
      change ? <LevelTag level={change}>{change === 'minor' ? '+ parameter' : 'text'}</LevelTag> : '–',
  },
  { key: 'edited', head: 'Last edit', cell: (row) => <span className="text-12">{row.edited}</span> },
];

const KEY_COLUMNS: Column<{ name: string; scopes: string[]; projects: string }>[] = [
  { key: 'name', head: 'Name', mono: true, cell: (row) => row.name },
  {
    key: 'scopes',
    head: 'Allows',
    cell: (row) => (
      <span className="flex flex-wrap gap-1">
        {row.scopes.map((scope) => (
          <Tag key={scope} mono>
            {scope}
          </Tag>
        ))}
      </span>
    ),
  },
  { key: 'projects', head: 'Projects', cell: (row) => row.projects },
  {
    key: 'revoke',
    head: '',
    align: 'end',
    phone: 'aside',
    cell: () => (
      <Button size="small" variant="quiet">
        Revoke
      </Button>
    ),
  },
];

function Tables({ theme }: { theme: string }) {
  return (
    <>
      <Table
        label="Prompts"
        columns={SAMPLE_COLUMNS}
        rows={SAMPLE_PROMPTS}
        rowKey={(row) => row.name}
        rowTo={() => '/dev/ui'}
      />
      <Table
        dense
        label="API keys"
        columns={KEY_COLUMNS}
        rows={[
          { name: 'mailer', scopes: ['read:prompts'], projects: 'all' },
          { name: 'ci-publish', scopes: ['write:prompts', 'publish:versions'], projects: 'support, sales' },
        ]}
        rowKey={(row) => row.name}
        rowFaint={(row) => row.name === 'mailer'}
        foot={
          <Pagination label={`Pages, ${theme}`} summary="2 of 14" previousTo="/dev/ui" nextTo="/dev/ui" />
        }
      />
      <Table
        label="Prompts"
        columns={SAMPLE_COLUMNS}
        rows={[]}
        rowKey={(row) => row.name}
        empty={
          <EmptyState
            icon={Package}
            action={
              <LinkButton to="/dev/ui" icon={Plus}>
                New prompt
              </LinkButton>
            }
          >
            No prompt yet. Prompts of one set are released together.
          </EmptyState>
        }
      />
    </>
  );
}

function Tabs({ theme }: { theme: string }) {
  return (
    <TabLinks
      label={`Pages of support/emails, ${theme}`}
      tabs={[
        { to: '/dev/ui', label: 'Prompts', count: 6, end: true },
        { to: '/dev/ui/frame', label: 'Versions', count: 14 },
        { to: '/dev/ui/errors/404', label: 'Labels', count: '10,000+' },
      ]}
    />
  );
}

const BEFORE = `You write for Acme's support team.
Be brief and friendly.

One.
Two.
Three.
Four.
Five.
- {{ item.name }}, {{ item.price }}`;
const AFTER = `You write for Acme's support team.
Be brief, warm and exact.
{% render 'tone', level: tone %}

One.
Two.
Three.
Four.
Five.
- {{ item.name }}, {{ item.price }}
Answer in the customer's language.`;

function Diffs() {
  return (
    <>
      <Card flush level={3} title={<code>refund</code>} aside={<DiffCount {...diffTexts(BEFORE, AFTER)} />}>
        <DiffView diff={diffTexts(BEFORE, AFTER)} beforeLabel="2.2.0" afterLabel="draft" heads context={1} />
      </Card>
      <Card flush level={3} title={<code>welcome</code>}>
        <DiffView diff={diffTexts(BEFORE, BEFORE)} beforeLabel="2.2.0" afterLabel="draft" />
      </Card>
    </>
  );
}

export const dataSpecimens = [
  { title: 'Tabs', show: (theme: string) => <Tabs theme={theme} /> },
  { title: 'Table and pagination', show: (theme: string) => <Tables theme={theme} /> },
  { title: 'Comparison', show: () => <Diffs /> },
];
