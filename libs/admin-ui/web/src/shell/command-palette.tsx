import { Spotlight } from '@mantine/spotlight';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../api/client.js';
import { useMay } from '../session/use-me.js';
import { useTexts } from '../texts/texts.js';
import { useOfferedPages } from './use-pages.js';

const SHOWN = 8;

/** Pages and tenants, found by typing. */
export function CommandPalette() {
  const { shell, tenants } = useTexts();
  const go = useNavigate();
  const offered = useOfferedPages();
  const mayCreate = useMay('operator');
  const [query, setQuery] = useState('');
  const search = query.trim();
  const { data: found } = useQuery({
    queryKey: ['tenants', 'found', search],
    queryFn: ({ signal }) =>
      answer(api.GET('/tenants', { params: { query: { search, limit: SHOWN } }, signal })),
    enabled: search !== '',
    placeholderData: keepPreviousData,
  });
  const fits = (text: string) => text.toLowerCase().includes(search.toLowerCase());
  const pages = [
    ...offered.map(({ to, name }) => ({ id: to, label: shell.pages[name], onClick: () => go(to) })),
    ...(mayCreate ? [{ id: '/create', label: tenants.create, onClick: () => go('/create') }] : []),
  ].filter(({ label }) => fits(label));
  const items = search === '' ? [] : (found?.items ?? []);
  return (
    <Spotlight.Root query={query} onQueryChange={setQuery} shortcut={['mod + K', '/']} clearQueryOnClose>
      <Spotlight.Search placeholder={shell.searchHint} aria-label={shell.searchHint} />
      <Spotlight.ActionsList>
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={shell.pagesLabel}>
            {pages.map(({ id, label, onClick }) => (
              <Spotlight.Action key={id} label={label} onClick={onClick} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {items.length > 0 && (
          <Spotlight.ActionsGroup label={shell.pages.tenants}>
            {items.map(({ id, slug, name }) => (
              <Spotlight.Action
                key={id}
                label={name}
                description={slug}
                onClick={() => go(`/tenants/${encodeURIComponent(slug)}`)}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length + items.length === 0 && <Spotlight.Empty>{shell.nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
