import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

/** A change, made once however often it is asked for meanwhile. What it may have touched is read again afterwards. */
export function useChange<T, V = void>(change: (variables: V) => Promise<T>, touched: readonly QueryKey[]) {
  const client = useQueryClient();
  const underWay = useRef<Promise<T>>(undefined);
  return useMutation({
    mutationFn: (variables: V) => {
      underWay.current ??= change(variables).finally(() => {
        underWay.current = undefined;
      });
      return underWay.current;
    },
    onSettled: () => Promise.all(touched.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
