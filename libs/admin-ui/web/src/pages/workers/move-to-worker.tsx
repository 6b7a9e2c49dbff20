import { Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useStart } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { useWorkers } from './use-workers.js';

/** The worker of Citus that has a tenant's tables, and the way to another. */
export function WorkerOfTenant({ tenant }: { tenant: Tenant }) {
  const { workers: texts, parts } = useTexts();
  const mayMove = useMay('operator');
  const [isOpen, { open, close }] = useDisclosure();
  const others = useWorkers().data?.items.filter(({ name }) => name !== tenant.worker) ?? [];
  const canMove = mayMove && tenant.isolation === 'schema' && others.length > 0;
  return (
    <Group gap="sm">
      <span>{tenant.worker ?? texts.coordinator}</span>
      {canMove && (
        <>
          <Button variant="default" size="xs" onClick={open}>
            {texts.move}
          </Button>
          <Modal
            opened={isOpen}
            onClose={close}
            title={texts.moveTitle(tenant.slug)}
            closeButtonProps={{ 'aria-label': parts.close }}
          >
            <MoveForm tenant={tenant} workers={others.map(({ name }) => name)} onDone={close} />
          </Modal>
        </>
      )}
    </Group>
  );
}

interface MoveFormProps {
  readonly tenant: Tenant;
  /** That it is not on. */
  readonly workers: readonly string[];
  readonly onDone: () => void;
}

function MoveForm({ tenant, workers, onDone }: MoveFormProps) {
  const { workers: texts, parts } = useTexts();
  const [worker, setWorker] = useState(workers[0] ?? '');
  const params = { path: { tenant: tenant.id } };
  const move = useStart(() =>
    answer(api.POST('/tenants/{tenant}/relocations', { params, body: { worker } })),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void move.mutateAsync().then(onDone, () => {});
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{texts.moveHint}</Text>
        <NativeSelect
          label={texts.columns.worker}
          value={worker}
          onChange={({ currentTarget }) => setWorker(currentTarget.value)}
          data={[...workers]}
          data-autofocus
        />
        <ProblemAlert error={move.error} />
        <Group justify="end">
          <Button variant="default" onClick={onDone}>
            {parts.back}
          </Button>
          <Button type="submit" loading={move.isPending}>
            {texts.moveNow}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
