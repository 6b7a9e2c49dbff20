// biome-ignore-all lint/a11y/useFocusableInteractive: what is pressed in a header is a button in it.
// biome-ignore-all lint/a11y/useSemanticElements: a table whose rows are placed one by one cannot be a <table>.
import {
  Anchor,
  Box,
  Button,
  CloseButton,
  Group,
  Loader,
  NativeSelect,
  Paper,
  Text,
  TextInput,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { usePages } from '../../parts/listing.js';
import { Loaded } from '../../parts/loaded.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { StatusBadge } from '../../parts/status.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { filtersIn, HEALTHS, ISOLATIONS, STATUSES, type Tenant } from './tenant-filters.js';

const PAGE = 100;
const ROW_HEIGHT = 52;
const GRID = {
  gridTemplateColumns: 'minmax(150px, 2fr) minmax(120px, 2fr) 130px 120px 110px 110px 170px',
  minWidth: 940,
};

/** Of the URL: a view can be kept as a bookmark. */
export function Tenants() {
  const { tenants: texts, statuses, isolations } = useTexts();
  const mayCreate = useMay('operator');
  const [params, setParams] = useSearchParams();
  const filters = filtersIn(params);
  const set = (name: string, value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  const pages = usePages<Tenant>(['tenants', 'list', filters], (cursor, signal) =>
    answer(api.GET('/tenants', { params: { query: { ...filters, limit: PAGE, cursor } }, signal })),
  );
  const choice = <T extends string>(
    name: string,
    label: string,
    values: readonly T[],
    named: Record<T, string>,
  ) => (
    <NativeSelect
      aria-label={label}
      value={params.get(name) ?? ''}
      onChange={({ currentTarget }) => set(name, currentTarget.value)}
      data={[{ value: '', label }, ...values.map((value) => ({ value, label: named[value] }))]}
    />
  );
  return (
    <>
      <PageTitle title={texts.title}>
        {mayCreate && (
          <Button component={Link} to="/create">
            {texts.create}
          </Button>
        )}
      </PageTitle>
      <Group mb="md" gap="sm">
        <Search value={filters.search ?? ''} onSearch={(text) => set('search', text)} />
        {choice('status', texts.anyStatus, STATUSES, statuses)}
        {choice('health', texts.anyHealth, HEALTHS, statuses)}
        {choice('isolation', texts.anyIsolation, ISOLATIONS, isolations)}
        {pages.isFetching && <Loader size="xs" aria-label={texts.loading} />}
      </Group>
      <Loaded query={pages}>
        {({ pages: loaded }) => (
          <Rows
            items={loaded.flatMap(({ items }) => items)}
            hasMore={pages.hasNextPage}
            more={() => void (pages.isFetchingNextPage || pages.fetchNextPage())}
            sort={filters.sort ?? 'slug'}
            onSort={(sort) => set('sort', sort)}
          />
        )}
      </Loaded>
    </>
  );
}

function Search({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const { tenants: texts } = useTexts();
  const [text, setText] = useState(value);
  const search = useDebouncedCallback(onSearch, 200);
  const change = (typed: string) => {
    setText(typed);
    search(typed);
  };
  return (
    <TextInput
      type="search"
      w={260}
      placeholder={texts.search}
      aria-label={texts.search}
      value={text}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      rightSection={
        text ? <CloseButton size="sm" aria-label={texts.clear} onClick={() => change('')} /> : undefined
      }
    />
  );
}

interface RowsProps {
  readonly items: readonly Tenant[];
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

/** Only the rows that are in sight exist, however many tenants there are. */
function Rows({ items, hasMore, more, sort, onSort }: RowsProps) {
  const { tenants: texts, isolations } = useTexts();
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

  if (items.length === 0) return <Text c="dimmed">{texts.none}</Text>;
  const header = (label: string, key?: 'slug' | 'name' | 'createdAt') => {
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
  };
  return (
    <>
      <VisuallyHidden aria-live="polite">{texts.shown(items.length, hasMore)}</VisuallyHidden>
      <Paper
        withBorder
        role="table"
        aria-label={texts.title}
        aria-rowcount={hasMore ? -1 : items.length + 1}
        style={{ overflowX: 'auto' }}
        tabIndex={0}
      >
        <div role="rowgroup">
          {' '}
          <Box role="row" className="rows" px="md" py="sm" fw={600} fz="sm" style={GRID}>
            {header(texts.columns.slug, 'slug')}
            {header(texts.columns.name, 'name')}
            {header(texts.columns.status)}
            {header(texts.columns.health)}
            {header(texts.columns.plan)}
            {header(texts.columns.isolation)}
            {header(texts.columns.created, 'createdAt')}
          </Box>
        </div>
        <div ref={body} role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {shown.map(({ index, start }) => {
            const tenant = items[index];
            return (
              tenant && (
                <Box
                  key={tenant.id}
                  role="row"
                  aria-rowindex={index + 2}
                  className="rows row-link"
                  px="md"
                  fz="sm"
                  style={{
                    ...GRID,
                    height: ROW_HEIGHT,
                    position: 'absolute',
                    insetInline: 0,
                    transform: `translateY(${start - rows.options.scrollMargin}px)`,
                    borderTop: '1px solid var(--mantine-color-default-border)',
                  }}
                >
                  <Text role="cell" size="sm" truncate component="div">
                    <Anchor component={Link} to={`/tenants/${encodeURIComponent(tenant.slug)}`} size="sm">
                      {tenant.slug}
                    </Anchor>
                  </Text>
                  <Text role="cell" size="sm" truncate title={tenant.name} component="div">
                    {tenant.name}
                  </Text>
                  <div role="cell">
                    <StatusBadge status={tenant.status} />
                  </div>
                  <div role="cell">
                    <StatusBadge status={tenant.health} />
                  </div>
                  <Text role="cell" size="sm" truncate component="div">
                    {tenant.plan}
                  </Text>
                  <div role="cell">{isolations[tenant.isolation]}</div>
                  <div role="cell">
                    <Moment at={tenant.createdAt} />
                  </div>
                </Box>
              )
            );
          })}
        </div>
      </Paper>
    </>
  );
}
