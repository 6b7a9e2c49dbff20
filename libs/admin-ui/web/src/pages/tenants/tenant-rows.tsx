// biome-ignore-all lint/a11y/useFocusableInteractive: what is pressed in a header is a button in it.
// biome-ignore-all lint/a11y/useSemanticElements: a table whose rows are placed one by one cannot be a <table>.
import { Box, Checkbox, Paper, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import { useTexts } from '../../texts/texts.js';
import { type ColumnName, SORTED_BY, WIDTHS } from './columns.js';
import type { Tenant } from './tenant-filters.js';
import { TenantRow } from './tenant-row.js';

/** As in styles.css. */
const ROW_HEIGHT = 52;
const CHECKBOX_PX = 32;
const GAP_PX = 12;
const PADDING_PX = 32;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

interface TenantRowsProps {
  readonly items: readonly Tenant[];
  readonly columns: readonly ColumnName[];
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  /** By id; none where nothing can be done with them. */
  readonly chosen?: ReadonlyMap<string, Tenant> | undefined;
  readonly onChoose: (tenants: readonly Tenant[], isChosen: boolean) => void;
}

/** Only the rows that are in sight exist, however many tenants there are. */
export function TenantRows(props: TenantRowsProps) {
  const { items, columns, hasMore, more, sort, onSort, chosen, onChoose } = props;
  const { tenants: texts, tenantViews } = useTexts();
  const body = useRef<HTMLDivElement>(null);
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin: body.current?.offsetTop ?? 0,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= items.length - 20) more();
  }, [hasMore, last, items.length, more]);

  const hasBoxes = chosen !== undefined;
  const grid = useMemo(() => gridOf(columns, hasBoxes), [columns, hasBoxes]);
  if (items.length === 0) return <Text c="dimmed">{texts.none}</Text>;
  /** To the same place in another row, which may have to be made first. */
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = STEPS[event.key];
    const from = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    if (!step || !from) return;
    event.preventDefault();
    const kind = (event.target as HTMLElement).matches('input') ? 'input' : 'a';
    const to = Math.min(Math.max(Number(from.dataset.row) + step, 0), items.length - 1);
    rows.scrollToIndex(to);
    const focus = (framesLeft: number) => {
      const target = body.current?.querySelector<HTMLElement>(`[data-row="${to}"] ${kind}`);
      if (target) target.focus({ preventScroll: true });
      else if (framesLeft > 0) requestAnimationFrame(() => focus(framesLeft - 1));
    };
    focus(30);
  };
  const allChosen = hasBoxes && items.every(({ id }) => chosen.has(id));
  return (
    <>
      <VisuallyHidden aria-live="polite">{texts.shown(items.length, hasMore)}</VisuallyHidden>
      <Paper
        withBorder
        role="table"
        aria-label={texts.title}
        aria-rowcount={hasMore ? -1 : items.length + 1}
        className="sideways"
        style={{ overflowX: 'auto' }}
        tabIndex={0}
      >
        <div role="rowgroup">
          <Box role="row" className="rows" px="md" py="sm" fw={600} fz="sm" style={grid}>
            {chosen && (
              <div role="columnheader">
                <Checkbox
                  size="xs"
                  aria-label={tenantViews.chooseLoaded}
                  checked={allChosen}
                  indeterminate={chosen.size > 0 && !allChosen}
                  onChange={() => onChoose(items, !allChosen)}
                />
              </div>
            )}
            {columns.map((column) => (
              <Header key={column} column={column} sort={sort} onSort={onSort} />
            ))}
          </Box>
        </div>
        <div
          ref={body}
          role="rowgroup"
          onKeyDown={move}
          style={{ height: rows.getTotalSize(), minWidth: grid.minWidth, position: 'relative' }}
        >
          {shown.map(({ index, start }) => {
            const tenant = items[index];
            return (
              tenant && (
                <TenantRow
                  key={index}
                  tenant={tenant}
                  index={index}
                  top={start - rows.options.scrollMargin}
                  grid={grid}
                  columns={columns}
                  isChosen={chosen?.has(tenant.id)}
                  onChoose={onChoose}
                />
              )
            );
          })}
        </div>
      </Paper>
    </>
  );
}

function gridOf(columns: readonly ColumnName[], hasBoxes: boolean) {
  return {
    gridTemplateColumns: [
      ...(hasBoxes ? [`${CHECKBOX_PX}px`] : []),
      ...columns.map((column) => WIDTHS[column][0]),
    ].join(' '),
    minWidth: columns.reduce((sum, column) => sum + WIDTHS[column][1] + GAP_PX, CHECKBOX_PX + PADDING_PX),
  };
}

interface HeaderProps {
  readonly column: ColumnName;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

function Header({ column, sort, onSort }: HeaderProps) {
  const { tenants, tenantViews } = useTexts();
  const label = { ...tenants.columns, ...tenantViews.columns }[column];
  const key = SORTED_BY[column];
  if (!key) return <div role="columnheader">{label}</div>;
  const direction = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
  return (
    <div role="columnheader" aria-sort={direction}>
      <UnstyledButton
        fz="inherit"
        fw="inherit"
        onClick={() => onSort(direction === 'ascending' ? `-${key}` : key)}
      >
        {label} {{ ascending: '↑', descending: '↓', none: '' }[direction]}
      </UnstyledButton>
    </div>
  );
}
