import { Anchor, Button, Group, Paper, Stack } from '@mantine/core';
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'react-router';
import { Loaded } from '../../parts/loaded.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import { OperationActions, OperationProgress } from './operation.js';
import { type Operation, useOperation } from './watch-operation.js';

const PARAM = 'operation';

/** The operation that was begun on a page. It stands in the URL, so that it is still shown when the page is loaded again. */
function useBegun(): readonly [id: string | null, set: (id: string | undefined) => void] {
  const [params, setParams] = useSearchParams();
  const set = (id: string | undefined) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (id) after.set(PARAM, id);
        else after.delete(PARAM);
        return after;
      },
      { replace: true },
    );
  return [params.get(PARAM), set];
}

/** A change that begins an operation, which {@link Begun} then shows. */
export function useStart<V = void>(start: (variables: V) => Promise<Operation>) {
  const [, set] = useBegun();
  return useChange(
    async (variables: V) => {
      const operation = await start(variables);
      set(operation.id);
      return operation;
    },
    [['operations']],
  );
}

interface BegunProps {
  /** Is read again when it has ended. */
  readonly touched: readonly QueryKey[];
  /** What it made, when it has succeeded. */
  readonly children?: (operation: Operation) => ReactNode;
}

/** How far the operation is that was begun on this page, and what it made. */
export function Begun(props: BegunProps) {
  const [id, set] = useBegun();
  return id && <Watched key={id} id={id} onClose={() => set(undefined)} {...props} />;
}

function Watched({
  id,
  onClose,
  touched,
  children,
}: BegunProps & { readonly id: string; readonly onClose: () => void }) {
  const { begun: texts } = useTexts();
  const client = useQueryClient();
  const query = useOperation(id);
  const state = query.data?.state;
  const hasEnded = state !== undefined && state !== 'running';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the keys are made anew each time; they are read again once.
  useEffect(() => {
    if (hasEnded) for (const queryKey of touched) void client.invalidateQueries({ queryKey });
  }, [hasEnded, client]);
  const panel = useRef<HTMLElement>(null);
  // What was begun further down on the page is followed here.
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <Paper withBorder p="md" component="section" aria-label={texts.label} ref={panel} className="begun">
      <Loaded query={query}>
        {(operation) => (
          <Stack gap="sm">
            <Group justify="space-between">
              <Anchor component={Link} to={`/operations/${id}`} fw={600}>
                {operation.kind}
              </Anchor>
              <Group gap="xs">
                <OperationActions operation={operation} />
                {hasEnded && (
                  <Button variant="default" size="xs" onClick={onClose}>
                    {texts.dismiss}
                  </Button>
                )}
              </Group>
            </Group>
            <OperationProgress operation={operation} isBrief />
            {operation.state === 'succeeded' && children?.(operation)}
          </Stack>
        )}
      </Loaded>
    </Paper>
  );
}
