import { Button, Group, Paper, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client.js';
import { ProblemAlert } from '../parts/problem-alert.js';
import { useChange } from '../parts/use-change.js';
import { useMay } from '../session/use-me.js';
import { useTexts } from '../texts/texts.js';

type Entry = AdminSchemas['schemas']['OwnOperatorEntry'];

const AGAIN_MS = 15_000;

/** The operator's own entries into tenants, over every page for as long as they last. */
export function EntryBars() {
  const mayEnter = useMay('operator');
  const { data, dataUpdatedAt, refetch } = useQuery({
    queryKey: ['me', 'entries'],
    queryFn: () => answer(api.GET('/me/entries')),
    refetchInterval: AGAIN_MS,
    enabled: mayEnter,
  });
  if (!mayEnter || !data?.items.length) return null;
  return (
    <div className="entry-bars">
      {data.items.map((entry) => (
        <EntryBar
          key={entry.id}
          entry={entry}
          endsAt={dataUpdatedAt + entry.secondsLeft * 1_000}
          onOver={() => void refetch()}
        />
      ))}
    </div>
  );
}

interface EntryBarProps {
  readonly entry: Entry;
  /** By the clock of the browser, which may be wrong: counted from when it was read. */
  readonly endsAt: number;
  readonly onOver: () => void;
}

function EntryBar({ entry: { id, tenantId, tenantSlug, readOnly, reason }, endsAt, onOver }: EntryBarProps) {
  const { entries: texts } = useTexts();
  const secondsLeft = useSecondsUntil(endsAt, onOver);
  const end = useChange(
    () =>
      answer(
        api.DELETE('/tenants/{tenant}/entries/{entry}', {
          params: { path: { tenant: tenantId, entry: id } },
        }),
      ),
    [['me', 'entries'], ['tenant', tenantId], ['audit']],
  );
  return (
    <Paper
      component="section"
      aria-label={texts.bar(tenantSlug)}
      radius={0}
      px="lg"
      py="xs"
      bg={readOnly ? 'orange.3' : 'red.9'}
      c={readOnly ? 'black' : 'white'}
    >
      <Group justify="space-between" gap="xs">
        <div>
          <Text fw={700} size="sm">
            <Link to={`/tenants/${encodeURIComponent(tenantSlug)}/entries`} className="entry-link">
              {texts.bar(tenantSlug)}
            </Link>
            {' · '}
            {readOnly ? texts.reads : texts.writes}
          </Text>
          <Text size="xs" className="code" lineClamp={1}>
            {reason}
          </Text>
        </div>
        <Group gap="sm">
          <Text fw={700} size="sm" role="timer" aria-label={texts.timeLeft} ff="monospace">
            {clockOf(secondsLeft)}
          </Text>
          <Button
            size="compact-sm"
            variant="white"
            color="dark"
            loading={end.isPending}
            onClick={() => end.mutate()}
          >
            {texts.endNow(tenantSlug)}
          </Button>
        </Group>
      </Group>
      {end.error && (
        <Paper mt="xs" p={0}>
          <ProblemAlert error={end.error} />
        </Paper>
      )}
    </Paper>
  );
}

/** @param onOver - called when none is left. */
function useSecondsUntil(endsAt: number, onOver: () => void): number {
  const [now, setNow] = useState(Date.now);
  const secondsLeft = Math.max(0, Math.ceil((endsAt - now) / 1_000));
  const isOver = secondsLeft === 0;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is over.
  useEffect(() => {
    if (isOver) onOver();
  }, [isOver]);
  return secondsLeft;
}

function clockOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
