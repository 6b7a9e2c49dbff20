import { Alert, Button, Group, Input, Paper, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../../api/client.js';
import { PageTitle } from '../../parts/page-title.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { OperationProgress } from '../operations/operation.js';
import { type Operation, useOperation } from '../operations/watch-operation.js';
import { PlanInput } from './plan-input.js';
import { ISOLATIONS, type Tenant } from './tenant-filters.js';

export function CreateTenant() {
  const { tenants: texts } = useTexts();
  const [begun, setBegun] = useState<Operation>();
  return (
    <>
      <PageTitle title={texts.create} />
      <Paper withBorder p="lg" maw={640}>
        {begun ? (
          <Making begun={begun} again={() => setBegun(undefined)} />
        ) : (
          <CreateForm onBegun={setBegun} />
        )}
      </Paper>
    </>
  );
}

function CreateForm({ onBegun }: { onBegun: (operation: Operation) => void }) {
  const { tenants: texts, isolations } = useTexts();
  const mayCreate = useMay('operator');
  const [slug, setSlug] = useState('');
  const [name, setName] = useState('');
  const [plan, setPlan] = useState('');
  const [isolation, setIsolation] = useState<Tenant['isolation']>('schema');
  const create = useChange(
    () =>
      answer(
        api.POST('/tenants', {
          body: { slug, isolation, ...(name && { name }), ...(plan && { plan }) },
        }),
      ),
    [['tenants'], ['operations']],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await create.mutateAsync().then(onBegun, () => {});
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={texts.columns.slug}
          description={texts.slugHint}
          value={slug}
          onChange={({ currentTarget }) => setSlug(currentTarget.value)}
          required
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label={texts.columns.name}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          placeholder={slug}
        />
        <PlanInput value={plan} onChange={setPlan} isOptional />
        <div>
          <Input.Label component="div" id="isolation" display="block" mb={4}>
            {texts.columns.isolation}
          </Input.Label>
          <SegmentedControl
            aria-labelledby="isolation"
            value={isolation}
            onChange={setIsolation}
            data={ISOLATIONS.map((value) => ({ value, label: isolations[value] }))}
          />
          <Text size="xs" c="dimmed" mt={4}>
            {texts.isolationHints[isolation]}
          </Text>
        </div>
        <ProblemAlert error={create.error} />
        <Group justify="end">
          <Button component={Link} to="/tenants" variant="default">
            {texts.backToList}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!mayCreate || slug.trim() === ''}>
            {texts.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Making({ begun, again }: { begun: Operation; again: () => void }) {
  const { tenants: texts } = useTexts();
  const { data: operation = begun } = useOperation(begun.id);
  return (
    <Stack>
      <OperationProgress operation={operation} />
      {operation.state === 'succeeded' && <Alert color="green" title={texts.made} />}
      <Group>
        <Button variant="default" onClick={again}>
          {texts.another}
        </Button>
      </Group>
    </Stack>
  );
}
