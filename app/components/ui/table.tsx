import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';

export interface Column<Row> {
  /** Unique in the table. */
  key: string;
  /** Its head; in the list on a phone it is read out before the value. Empty for a column of buttons. */
  head: string;
  cell: (row: Row) => ReactNode;
  /** Identifiers: monospace. */
  mono?: boolean;
  align?: 'end';
  /** Short words that are never broken, however narrow the table is. */
  fit?: boolean;
  /** Below 700 px: beside the name at the right end, in the small line below it (usual), or left out. */
  phone?: 'aside' | 'detail' | 'hidden';
}

export interface TableProps<Row> {
  /** What the rows are, read out: "Prompts of support/emails". */
  label: string;
  /** The first one is the name of the row and carries the link. */
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  /** A second line below the name of a row, outside of its link: what people call the thing. */
  rowNote?: (row: Row) => ReactNode;
  /** Makes the whole row a link; buttons and links in other cells still work. */
  rowTo?: (row: Row) => string;
  /** Rows that are shown fainter: archived, revoked. */
  rowFaint?: (row: Row) => boolean;
  /** Rows of 32 px. */
  dense?: boolean;
  /** Stands instead of the rows when there are none: an EmptyState. */
  empty?: ReactNode;
  /** Below the rows: Pagination. */
  foot?: ReactNode;
}

/** A table in a card; below 700 px a list. The roles are written out because other `display`s take them away. */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  rowNote,
  rowTo,
  rowFaint,
  dense,
  empty,
  foot,
}: TableProps<Row>) {
  return (
    <div className="rounded-8 border border-line bg-panel">
      {rows.length === 0 ? (
        empty
      ) : (
        <table role="table" aria-label={label} className={classNames('table', dense && 'table-dense')}>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map(({ key, head, align }) => (
                <th key={key} role="columnheader" scope="col" data-align={align}>
                  {head || <span className="sr-only">Actions</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row) => (
              <tr
                key={rowKey(row)}
                role="row"
                data-link={rowTo ? '' : undefined}
                data-faint={rowFaint?.(row) ? '' : undefined}
              >
                {columns.map((column, index) => (
                  <Cell key={column.key} column={column} isName={index === 0}>
                    {index === 0 && rowTo ? (
                      <Link to={rowTo(row)} className="table-row-link">
                        {column.cell(row)}
                      </Link>
                    ) : (
                      column.cell(row)
                    )}
                    {index === 0 && rowNote && <RowNote>{rowNote(row)}</RowNote>}
                  </Cell>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {foot && <div className="border-t border-line px-3.5 py-2.5 text-12 text-mute">{foot}</div>}
    </div>
  );
}

function RowNote({ children }: { children: ReactNode }) {
  if (!children) return null;
  return (
    <span className="block font-sans text-12 font-normal text-mute">
      <bdi>{children}</bdi>
    </span>
  );
}

function Cell<Row>({
  column,
  isName,
  children,
}: {
  column: Column<Row>;
  isName: boolean;
  children: ReactNode;
}) {
  const { head, mono, align, fit, phone = 'detail' } = column;
  const shared = {
    className: classNames(mono && 'font-mono text-13', fit && 'whitespace-nowrap'),
    'data-align': align,
    dir: 'auto',
    'data-phone': isName ? 'name' : phone,
  };
  if (isName) {
    return (
      <th role="rowheader" scope="row" {...shared}>
        {children}
      </th>
    );
  }
  return (
    <td role="cell" {...shared}>
      {head && phone === 'detail' && <span className="table-head-phone">{head} </span>}
      {children}
    </td>
  );
}
