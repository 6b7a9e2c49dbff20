import { Button, Group, Modal, Progress, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../../api/client.js';
import { downloadFile } from '../../parts/download-file.js';
import { Loaded } from '../../parts/loaded.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { allTenants, type BulkAction, csvOf, doEach, type Outcome } from './bulk.js';
import type { filtersIn, Tenant } from './tenant-filters.js';

/** Tenants that were chosen, or all that fit filters. */
export type BulkTarget =
  | { readonly tenants: readonly Tenant[] }
  | { readonly filters: ReturnType<typeof filtersIn> };

const NAMES_SHOWN = 8;
const REFUSED_SHOWN = 100;

interface BulkDialogProps {
  readonly action: BulkAction;
  readonly target: BulkTarget;
  readonly onClose: () => void;
}

/** Asks whether to do something with many tenants, does it, and reports what came of each. */
export function BulkDialog({ action, target, onClose }: BulkDialogProps) {
  const { bulk: texts, parts } = useTexts();
  const [begun, setBegun] = useState<readonly Tenant[]>();
  const [isRunning, setIsRunning] = useState(false);
  const tenants = useQuery({
    queryKey: ['tenants', 'bulk', target],
    queryFn: ({ signal }) => ('tenants' in target ? target.tenants : allTenants(target.filters, signal)),
    // What is asked about is what is done.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={texts.actions[action].title}
      closeOnClickOutside={!isRunning}
      closeOnEscape={!isRunning}
      withCloseButton={!isRunning}
      closeButtonProps={{ 'aria-label': parts.close }}
    >
      {begun && action !== 'migrate' ? (
        <Report action={action} tenants={begun} onRunning={setIsRunning} onClose={onClose} />
      ) : (
        <Loaded query={tenants}>
          {(found) => (
            <Question action={action} target={target} tenants={found} onBegin={() => setBegun(found)} />
          )}
        </Loaded>
      )}
    </Modal>
  );
}

interface QuestionProps {
  readonly action: BulkAction;
  readonly target: BulkTarget;
  /** Those of the target. */
  readonly tenants: readonly Tenant[];
  readonly onBegin: () => void;
}

function Question({ action, target, tenants, onBegin }: QuestionProps) {
  const { bulk: texts, parts } = useTexts();
  const format = useFormat();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const migrate = useChange(
    () => answer(api.POST('/migrations/runs', { body: runOf(target) })),
    [['operations']],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (action !== 'migrate') return onBegin();
    await migrate.mutateAsync().then(
      ({ id }) => navigate(`/operations/${id}`),
      () => {},
    );
  };
  const names = tenants.slice(0, NAMES_SHOWN).map(({ slug }) => slug);
  const count = String(tenants.length);
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{texts.actions[action].hint}</Text>
        {action === 'migrate' && 'filters' in target && <Text size="sm">{texts.whenBegun}</Text>}
        <Text size="sm" className="code">
          {texts.these(format.number(tenants.length), names.join(', '), tenants.length > NAMES_SHOWN)}
        </Text>
        <TextInput
          label={parts.typeToConfirm(count)}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          inputMode="numeric"
          autoComplete="off"
          data-autofocus
        />
        <ProblemAlert error={migrate.error} />
        <Group justify="end">
          <Button
            type="submit"
            loading={migrate.isPending}
            disabled={tenants.length === 0 || typed.trim() !== count}
          >
            {texts.actions[action].title}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A filter is sent as it is: the names of all that fit may be more than a request can hold. */
function runOf(target: BulkTarget) {
  if ('tenants' in target) return { tenants: target.tenants.map(({ slug }) => slug) };
  const { sort: _, ...filter } = target.filters;
  return { filter };
}

interface ReportProps {
  readonly action: Exclude<BulkAction, 'migrate'>;
  readonly tenants: readonly Tenant[];
  readonly onRunning: (isRunning: boolean) => void;
  readonly onClose: () => void;
}

function Report({ action, tenants, onRunning, onClose }: ReportProps) {
  const { bulk: texts, parts } = useTexts();
  const format = useFormat();
  const client = useQueryClient();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const stop = useRef(new AbortController());
  const isBegun = useRef(false);
  const isRunning = outcomes.length < tenants.length;
  const [isStopping, setIsStopping] = useState(false);
  useEffect(() => onRunning(isRunning), [isRunning, onRunning]);
  useEffect(() => {
    if (isBegun.current) return;
    isBegun.current = true;
    void doEach(action, tenants, stop.current.signal, (outcome) =>
      setOutcomes((before) => [...before, outcome]),
    ).finally(() => client.invalidateQueries({ queryKey: ['tenants', 'list'] }));
  }, [action, tenants, client]);
  const cancel = () => {
    setIsStopping(true);
    stop.current.abort();
  };
  const count = (result: Outcome['result']) => outcomes.filter((each) => each.result === result).length;
  const refused = outcomes.filter(({ result }) => result === 'refused');
  return (
    <Stack>
      <Progress.Root size="lg">
        <Progress.Section
          value={(outcomes.length / tenants.length) * 100}
          aria-label={texts.progress}
          animated={isRunning}
        />
      </Progress.Root>
      <Text size="sm" aria-live="polite">
        {texts.summary(
          format.number(count('done')),
          format.number(count('refused')),
          format.number(count('left')),
        )}
      </Text>
      {refused.length > 0 && (
        <Table.ScrollContainer
          minWidth={400}
          maxHeight={260}
          scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
        >
          <Table aria-label={texts.refused}>
            <Table.Tbody>
              {refused.slice(0, REFUSED_SHOWN).map(({ id, slug, code, detail }) => (
                <Table.Tr key={id}>
                  <Table.Td>{slug}</Table.Td>
                  <Table.Td>{code}</Table.Td>
                  <Table.Td>{detail}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Group justify="end">
        {isRunning ? (
          <Button variant="default" onClick={cancel} disabled={isStopping}>
            {texts.stop}
          </Button>
        ) : (
          <>
            <Button
              variant="default"
              onClick={() => downloadFile(new Blob([csvOf(outcomes)], { type: 'text/csv' }), `${action}.csv`)}
            >
              {texts.download}
            </Button>
            <Button onClick={onClose}>{parts.close}</Button>
          </>
        )}
      </Group>
    </Stack>
  );
}
