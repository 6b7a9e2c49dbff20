import { Button, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTexts } from '../texts/texts.js';
import { Loaded } from './loaded.js';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface Column<T> {
  readonly header: string;
  readonly isNumber?: boolean;
  readonly cell: (item: T) => ReactNode;
}

interface PagesOptions {
  readonly refetchInterval?: number;
  /** Shows what was there until the answer to other filters comes. */
  readonly keepsPrevious?: boolean;
}

/** Pages of a listing, one after the other. */
export function usePages<T>(
  queryKey: QueryKey,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  { refetchInterval, keepsPrevious = false }: PagesOptions = {},
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval,
    ...(keepsPrevious && { placeholderData: keepPreviousData }),
  });
}

interface ListingProps<T> {
  readonly label: string;
  readonly pages: ReturnType<typeof usePages<T>>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (item: T) => string | number;
}

/** A table that goes on when asked to. */
export function Listing<T>({ label, pages, columns, keyOf }: ListingProps<T>) {
  const { parts } = useTexts();
  return (
    <Loaded query={pages}>
      {({ pages: loaded }) => {
        const items = loaded.flatMap((page) => page.items);
        if (items.length === 0) return <Text c="dimmed">{parts.none}</Text>;
        return (
          <Stack align="start">
            <Table.ScrollContainer
              minWidth={560}
              w="100%"
              scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
            >
              <Table verticalSpacing="sm" highlightOnHover aria-label={label}>
                <Table.Thead>
                  <Table.Tr>
                    {columns.map(({ header, isNumber }) => (
                      <Table.Th key={header} className={isNumber ? 'number' : undefined}>
                        {header}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((item) => (
                    <Table.Tr key={keyOf(item)}>
                      {columns.map(({ header, isNumber, cell }) => (
                        <Table.Td key={header} className={isNumber ? 'number' : undefined}>
                          {cell(item)}
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {pages.hasNextPage && (
              <Button
                variant="default"
                loading={pages.isFetchingNextPage}
                onClick={() => pages.fetchNextPage()}
              >
                {parts.more}
              </Button>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}
