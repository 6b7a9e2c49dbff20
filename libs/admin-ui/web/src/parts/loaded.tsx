import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemAlert } from './problem-alert.js';

interface Query<T> {
  readonly data: T | undefined;
  readonly error: unknown;
}

interface LoadedProps<T> {
  readonly query: Query<T>;
  /** What is shown until then; as high as what comes, where something stands below it. */
  readonly waiting?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a query answered, when it has. What was read before stays when reading it again fails. */
export function Loaded<T>({ query, waiting, children }: LoadedProps<T>) {
  const { data, error } = query;
  if (data === undefined && !error)
    return (
      <Stack aria-busy>
        {waiting ?? (
          <>
            <Skeleton height={28} width="40%" />
            <Skeleton height={90} />
          </>
        )}
      </Stack>
    );
  return (
    <>
      {error ? <ProblemAlert error={error} /> : null}
      {data !== undefined && children(data)}
    </>
  );
}
