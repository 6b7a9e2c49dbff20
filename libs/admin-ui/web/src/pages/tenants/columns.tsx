import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Moment } from '../../parts/moment.js';
import { StatusBadge } from '../../parts/status.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from './tenant-filters.js';

/** What can be shown of a tenant, in this order; the slug always is. */
export const COLUMNS = [
  'slug',
  'name',
  'status',
  'health',
  'plan',
  'isolation',
  'worker',
  'version',
  'created',
  'updated',
] as const;
export type ColumnName = (typeof COLUMNS)[number];

const NOT_AT_FIRST: readonly ColumnName[] = ['version', 'updated'];

/** What there is to choose from. @param hasWorkers - whether the database is one of Citus. */
export function offeredColumns(hasWorkers: boolean): readonly ColumnName[] {
  return COLUMNS.filter((each) => each !== 'worker' || hasWorkers);
}

export function defaultColumns(hasWorkers: boolean): readonly ColumnName[] {
  return offeredColumns(hasWorkers).filter((each) => !NOT_AT_FIRST.includes(each));
}

/** What a URL names. */
export function columnsIn(text: string | null, hasWorkers: boolean): readonly ColumnName[] {
  const named = text?.split(',');
  if (!named) return defaultColumns(hasWorkers);
  return offeredColumns(hasWorkers).filter((each) => each === 'slug' || named.includes(each));
}

export const WIDTHS: Readonly<Record<ColumnName, readonly [css: string, minimumPx: number]>> = {
  slug: ['minmax(150px, 2fr)', 150],
  name: ['minmax(150px, 2fr)', 150],
  status: ['125px', 125],
  health: ['90px', 90],
  plan: ['90px', 90],
  isolation: ['90px', 90],
  worker: ['minmax(150px, 1fr)', 150],
  version: ['minmax(180px, 2fr)', 180],
  created: ['150px', 150],
  updated: ['150px', 150],
};

export const SORTED_BY: Partial<Record<ColumnName, 'slug' | 'name' | 'createdAt' | 'updatedAt'>> = {
  slug: 'slug',
  name: 'name',
  created: 'createdAt',
  updated: 'updatedAt',
};

export function Cell({ column, tenant }: { column: ColumnName; tenant: Tenant }): ReactNode {
  const { isolations } = useTexts();
  switch (column) {
    case 'slug':
      return (
        <Anchor component={Link} to={`/tenants/${encodeURIComponent(tenant.slug)}`} size="sm">
          {tenant.slug}
        </Anchor>
      );
    case 'status':
    case 'health':
      return <StatusBadge status={tenant[column]} />;
    case 'isolation':
      return isolations[tenant.isolation];
    case 'created':
      return <Moment at={tenant.createdAt} />;
    case 'updated':
      return <Moment at={tenant.updatedAt} />;
    default:
      return <span title={tenant[column] ?? undefined}>{tenant[column] ?? '–'}</span>;
  }
}
