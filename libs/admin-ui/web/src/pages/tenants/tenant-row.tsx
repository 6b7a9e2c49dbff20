// biome-ignore-all lint/a11y/useFocusableInteractive: what is pressed in a row is a link or a box in it.
// biome-ignore-all lint/a11y/useSemanticElements: a table whose rows are placed one by one cannot be a <table>.
import { Checkbox } from '@mantine/core';
import { type CSSProperties, memo } from 'react';
import { useTexts } from '../../texts/texts.js';
import { Cell, type ColumnName } from './columns.js';
import type { Tenant } from './tenant-filters.js';

interface TenantRowProps {
  readonly tenant: Tenant;
  /** From 0. */
  readonly index: number;
  /** Pixels below the head of the table. */
  readonly top: number;
  readonly grid: CSSProperties;
  readonly columns: readonly ColumnName[];
  /** Undefined where nothing can be done with those that are chosen. */
  readonly isChosen: boolean | undefined;
  readonly onChoose: (tenants: readonly Tenant[], isChosen: boolean) => void;
}

/** A row of the table, made anew only when something of it changes: not while one scrolls. */
export const TenantRow = memo(function TenantRow(props: TenantRowProps) {
  const { tenant, index, top, grid, columns, isChosen, onChoose } = props;
  const { tenantViews } = useTexts();
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-row={index}
      className="rows row-link row"
      style={{ ...grid, transform: `translateY(${top}px)` }}
    >
      {isChosen !== undefined && (
        <div role="cell">
          <Checkbox
            size="xs"
            aria-label={tenantViews.choose(tenant.slug)}
            checked={isChosen}
            onChange={() => onChoose([tenant], !isChosen)}
          />
        </div>
      )}
      {columns.map((column) => (
        <div key={column} role="cell" className="cell">
          <Cell column={column} tenant={tenant} />
        </div>
      ))}
    </div>
  );
});
