import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';

interface TenantInputProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly onChange: (slug: string) => void;
  /** A slug that is not offered. */
  readonly except: string;
}

/** The slug of another tenant, with what fits offered while one types. */
export function TenantInput({ label, description, value, onChange, except }: TenantInputProps) {
  const [search] = useDebouncedValue(value.trim(), 200);
  const { data } = useQuery({
    queryKey: ['tenants', 'offered', search],
    queryFn: () =>
      answer(api.GET('/tenants', { params: { query: { search: search || undefined, limit: 20 } } })),
    placeholderData: keepPreviousData,
  });
  return (
    <Autocomplete
      label={label}
      description={description}
      value={value}
      onChange={onChange}
      data={data?.items.map(({ slug }) => slug).filter((slug) => slug !== except) ?? []}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
