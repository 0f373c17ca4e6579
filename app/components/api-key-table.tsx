import type { ApiKeyView } from '#server/schemas/api-keys.ts';
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import type { KeyState } from '../lib/key-state.ts';
import { LinkButton } from './ui/button.tsx';
import { EmptyState } from './ui/empty-state.tsx';
import { Table } from './ui/table.tsx';
import { Tag } from './ui/tag.tsx';
import { Time } from './ui/time.tsx';

export type ApiKeyRow = ApiKeyView & { state: KeyState };

export interface ApiKeyTableProps {
  keys: ApiKeyRow[];
  /** May the viewer revoke them? */
  mayWrite: boolean;
  /** Stands in the empty table. */
  newKey: ReactNode;
  foot?: ReactNode;
}

/** The keys of an organisation; those that no longer work fainter, and said so. */
export function ApiKeyTable({ keys, mayWrite, newKey, foot }: ApiKeyTableProps) {
  return (
    <Table
      label="API keys"
      rows={keys}
      rowKey={(key) => key.id}
      rowFaint={(key) => key.state === 'revoked' || key.state === 'expired'}
      columns={[
        { key: 'name', head: 'Name', cell: (key) => <Name apiKey={key} /> },
        { key: 'scopes', head: 'Permissions', cell: (key) => <Scopes scopes={key.scopes} /> },
        { key: 'projects', head: 'Projects', cell: (key) => key.projects?.join(', ') ?? 'all' },
        {
          key: 'used',
          head: 'Last used',
          fit: true,
          cell: (key) => (key.last_used_at ? <Time value={key.last_used_at} /> : 'never'),
        },
        { key: 'expires', head: 'Expires', cell: (key) => <End apiKey={key} /> },
        {
          key: 'revoke',
          head: '',
          align: 'end',
          fit: true,
          phone: 'aside',
          cell: (key) =>
            mayWrite &&
            key.state !== 'revoked' && (
              <LinkButton
                to={`?revoke=${key.id}`}
                preventScrollReset
                size="small"
                variant="quiet"
                aria-label={`Revoke ${key.name}`}
              >
                Revoke
              </LinkButton>
            ),
        },
      ]}
      empty={
        <EmptyState icon={KeyRound} action={newKey} example={<code>Authorization: Bearer ank_…</code>}>
          No key yet. An application sends one to fetch prompts.
        </EmptyState>
      }
      foot={foot}
    />
  );
}

function Name({ apiKey: { name, token_start: start } }: { apiKey: ApiKeyRow }) {
  return (
    <>
      <span className="block font-mono text-13 font-medium wrap-anywhere">{name}</span>
      <span dir="ltr" className="block font-mono text-12 text-faint">
        {start}…
      </span>
    </>
  );
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  return (
    <span className="inline-flex flex-wrap gap-1">
      {scopes.map((scope) => (
        <Tag key={scope} mono>
          {scope}
        </Tag>
      ))}
    </span>
  );
}

function End({ apiKey: { state, expires_at: end, revoked_at: revoked } }: { apiKey: ApiKeyRow }) {
  if (revoked) {
    return (
      <>
        <Tag tone="major">revoked</Tag> <Time value={revoked} dateOnly />
      </>
    );
  }
  if (!end) return 'never';
  if (state === 'expired') {
    return (
      <>
        <Tag tone="major">expired</Tag> <Time value={end} dateOnly />
      </>
    );
  }
  return (
    <span className={state === 'ends-soon' ? 'text-minor' : undefined}>
      <Time value={end} dateOnly />
    </span>
  );
}
