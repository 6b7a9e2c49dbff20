import { Group, Progress, Stack, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { LIVE_MS } from './run-homes.js';

type Wave = AdminSchemas['schemas']['RunWave'];

/** How far each wave of a run is. */
export function RunWaves({ id, isRunning }: { id: string; isRunning: boolean }) {
  const { migrations: texts } = useTexts();
  const waves = useQuery({
    queryKey: ['operation', id, 'waves', isRunning],
    queryFn: ({ signal }) =>
      answer(api.GET('/migrations/runs/{id}/waves', { params: { path: { id } }, signal })),
    refetchInterval: isRunning ? LIVE_MS : false,
  });
  return (
    <Loaded query={waves}>
      {({ items }) => (
        <Stack component="ul" gap="xs" p={0} m={0} aria-label={texts.waves} style={{ listStyle: 'none' }}>
          {items.map((wave) => (
            <OneWave key={wave.wave} wave={wave} />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function OneWave({ wave: { wave, isCanary, total, done, failed, skipped } }: { wave: Wave }) {
  const { migrations: texts } = useTexts();
  const format = useFormat();
  const name = wave === 0 ? texts.sharedTables : isCanary ? texts.canary : texts.waveNumber(wave);
  const share = (homes: number) => (homes / total) * 100;
  return (
    <li>
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {texts.waveProgress(format.number(done + skipped), format.number(total), failed)}
        </Text>
      </Group>
      <Progress.Root size="md">
        <Progress.Section value={share(done + skipped)} color="green" aria-label={`${name}: ${texts.have}`} />
        <Progress.Section value={share(failed)} color="red" aria-label={`${name}: ${texts.failed}`} />
      </Progress.Root>
    </li>
  );
}
