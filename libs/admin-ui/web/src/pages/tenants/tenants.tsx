import { Button, CloseButton, Group, Loader, Menu, NativeSelect, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useCallback, useMemo, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { newId } from '../../api/new-id.js';
import { usePages } from '../../parts/listing.js';
import { Loaded } from '../../parts/loaded.js';
import { PageTitle } from '../../parts/page-title.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { useHasWorkers } from '../workers/use-workers.js';
import { BULK_ACTIONS, type BulkAction } from './bulk.js';
import { BulkDialog, type BulkTarget } from './bulk-dialog.js';
import { ColumnChoice } from './column-choice.js';
import { columnsIn, defaultColumns, offeredColumns } from './columns.js';
import { SavedViews } from './saved-views.js';
import { filtersIn, HEALTHS, ISOLATIONS, STATUSES, type Tenant } from './tenant-filters.js';
import { TenantRows } from './tenant-rows.js';

const PAGE = 100;

/** Of the URL: a view can be kept as a bookmark. */
export function Tenants() {
  const { tenants: texts, statuses, isolations } = useTexts();
  const mayChange = useMay('operator');
  const [chosen, setChosen] = useState<ReadonlyMap<string, Tenant>>(new Map());
  const [params, setParams] = useSearchParams();
  /** Which saved view was opened last: it brings its own search. */
  const { state: opened } = useLocation();
  const filters = filtersIn(params);
  const set = (name: string, value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true, state: opened },
    );
  const named = params.get('columns');
  const hasWorkers = useHasWorkers();
  const columns = useMemo(() => columnsIn(named, hasWorkers), [named, hasWorkers]);
  const choose = useCallback(
    (tenants: readonly Tenant[], isChosen: boolean) =>
      setChosen((before) => {
        const after = new Map(before);
        for (const tenant of tenants) {
          if (isChosen) after.set(tenant.id, tenant);
          else after.delete(tenant.id);
        }
        return after;
      }),
    [],
  );
  const pages = usePages<Tenant>(
    ['tenants', 'list', filters],
    (cursor, signal) =>
      answer(api.GET('/tenants', { params: { query: { ...filters, limit: PAGE, cursor } }, signal })),
    { keepsPrevious: true },
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
        {mayChange && (
          <Button component={Link} to="/create">
            {texts.create}
          </Button>
        )}
      </PageTitle>
      <Group mb="md" gap="sm">
        <Search key={opened} value={filters.search ?? ''} onSearch={(text) => set('search', text)} />
        {choice('status', texts.anyStatus, STATUSES, statuses)}
        {choice('health', texts.anyHealth, HEALTHS, statuses)}
        {choice('isolation', texts.anyIsolation, ISOLATIONS, isolations)}
        <ColumnChoice
          offered={offeredColumns(hasWorkers)}
          value={columns}
          onChange={(next) =>
            set('columns', String(next) === String(defaultColumns(hasWorkers)) ? '' : next.join(','))
          }
        />
        <SavedViews
          current={params.toString()}
          onOpen={(search) => setParams(search, { replace: true, state: newId() })}
        />
        {pages.isFetching && <Loader size="xs" aria-label={texts.loading} />}
      </Group>
      {mayChange && <Bulk chosen={chosen} filters={filters} onNone={() => setChosen(new Map())} />}
      <Loaded query={pages}>
        {({ pages: loaded }) => (
          <TenantRows
            items={loaded.flatMap(({ items }) => items)}
            columns={columns}
            chosen={mayChange ? chosen : undefined}
            onChoose={choose}
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
      w={{ base: '100%', xs: 260 }}
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

interface BulkProps {
  readonly chosen: ReadonlyMap<string, Tenant>;
  readonly filters: ReturnType<typeof filtersIn>;
  readonly onNone: () => void;
}

/** What can be done with the tenants that are chosen, or with all that fit. */
function Bulk({ chosen, filters, onNone }: BulkProps) {
  const { tenantViews: texts, bulk } = useTexts();
  const format = useFormat();
  const [asked, setAsked] = useState<{ readonly action: BulkAction; readonly target: BulkTarget }>();
  const menu = (label: string, target: BulkTarget) => (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button variant="default" size="xs">
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {BULK_ACTIONS.map((action) => (
          <Menu.Item key={action} onClick={() => setAsked({ action, target })}>
            {bulk.actions[action].title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
  return (
    <Group mb="sm" gap="sm">
      {chosen.size > 0 && (
        <>
          <Text size="sm">{texts.chosen(format.number(chosen.size))}</Text>
          {menu(texts.actions, { tenants: [...chosen.values()] })}
          <Button variant="subtle" size="xs" onClick={onNone}>
            {texts.chooseNone}
          </Button>
        </>
      )}
      {menu(texts.allThatFit, { filters })}
      {asked && (
        <BulkDialog
          {...asked}
          onClose={() => {
            setAsked(undefined);
            onNone();
          }}
        />
      )}
    </Group>
  );
}
