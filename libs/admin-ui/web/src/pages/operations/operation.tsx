import { Button, Code, Group, Paper, Progress, Stack, Text, Timeline } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { Moment } from '../../parts/moment.js';
import { PageTitle } from '../../parts/page-title.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { RunHomes } from '../migrations/run-homes.js';
import { RunWaves } from '../migrations/run-waves.js';
import { type Operation, useOperation } from './watch-operation.js';

/** The API refuses to cancel these. */
const NEVER_CANCELLED = ['move', 'tenant.purge'];
/** What is left of these can be done again. */
const RETRIED = ['migrations.run', 'tenant.relocate', 'workers.rebalance'];

export function OperationPage() {
  const { id = '' } = useParams();
  const query = useOperation(id);
  const { operations: texts } = useTexts();
  return (
    <Loaded query={query}>
      {(operation) => (
        <>
          <PageTitle title={operation.kind}>
            <OperationActions operation={operation} />
          </PageTitle>
          <OperationProgress operation={operation} />
          {operation.kind === 'migrations.run' && operation.state === 'succeeded' && !hasHomes(operation) && (
            <Text mt="lg">{texts.nothingToDo}</Text>
          )}
          {operation.kind === 'migrations.run' && hasHomes(operation) && (
            <Stack mt="lg">
              <RunWaves id={id} isRunning={operation.state === 'running'} />
              <RunHomes id={id} isRunning={operation.state === 'running'} />
            </Stack>
          )}
        </>
      )}
    </Loaded>
  );
}

/** A run that found nothing to do has none; one that has just begun, not yet. */
function hasHomes({ progress, result }: Operation): boolean {
  return progress !== null || Boolean(Object(result).runId);
}

/** What is done with an operation while it runs, or when it has failed. */
export function OperationActions({ operation }: { operation: Operation }) {
  const { operations: texts } = useTexts();
  const mayChange = useMay('operator');
  const params = { path: { id: operation.id } };
  const touched = [['operation', operation.id], ['operations']];
  const cancel = useChange(() => answer(api.POST('/operations/{id}/cancel', { params })), touched);
  const retry = useChange(() => answer(api.POST('/operations/{id}/retry', { params })), touched);
  const pause = useChange(() => answer(api.POST('/operations/{id}/pause', { params })), touched);
  const resume = useChange(() => answer(api.POST('/operations/{id}/resume', { params })), touched);
  if (!mayChange) return null;
  const { state, isCancelRequested, isPauseRequested } = operation;
  const isRunning = state === 'running' && !isCancelRequested;
  const mayEnd = (isRunning || state === 'paused') && !NEVER_CANCELLED.includes(operation.kind);
  return (
    <>
      {isRunning && !isPauseRequested && operation.kind === 'migrations.run' && (
        <ConfirmButton label={texts.pause} target={operation.kind} change={pause}>
          {texts.pauseHint}
        </ConfirmButton>
      )}
      {state === 'paused' && (
        <ConfirmButton label={texts.resume} target={operation.kind} change={resume}>
          {texts.resumeHint}
        </ConfirmButton>
      )}
      {mayEnd && (
        <ConfirmButton label={texts.cancel} target={operation.kind} change={cancel}>
          {texts.cancelHint}
        </ConfirmButton>
      )}
      {RETRIED.includes(operation.kind) && state === 'failed' && (
        <ConfirmButton label={texts.retry} target={operation.kind} change={retry}>
          {operation.kind === 'migrations.run' && texts.retryHint}
        </ConfirmButton>
      )}
    </>
  );
}

interface OperationProgressProps {
  readonly operation: Operation;
  /** Where it was begun: without its steps, its result and its tenant. */
  readonly isBrief?: boolean;
}

/** What has been done, how far it is, and how it ended. */
export function OperationProgress({ operation, isBrief = false }: OperationProgressProps) {
  const { operations: texts } = useTexts();
  const format = useFormat();
  const { state, steps, progress, error, tenantId, actor, createdAt, finishedAt } = operation;
  // Its waves and homes say more.
  const isRun = operation.kind === 'migrations.run';
  return (
    <Stack aria-live="polite">
      <Group>
        <StatusBadge status={state} />
        {operation.isCancelRequested && state === 'running' && <Text size="sm">{texts.cancelling}</Text>}
        {operation.isPauseRequested && state === 'running' && <Text size="sm">{texts.pausing}</Text>}
        <Text size="sm" c="dimmed">
          <Moment at={createdAt} />
          {finishedAt && (
            <>
              {' – '}
              <Moment at={finishedAt} />
            </>
          )}
          {actor && ` · ${actor.id}`}
        </Text>
        {!isBrief && tenantId && (
          <Button component={Link} to={`/tenants/${tenantId}`} variant="default" size="xs">
            {texts.toTenant}
          </Button>
        )}
      </Group>
      {progress && !(isBrief && state === 'succeeded') && (
        <div>
          <Progress.Root size="lg">
            <Progress.Section
              value={progress.percent}
              aria-label={texts.progress}
              animated={state === 'running'}
            />
          </Progress.Root>
          <Text size="sm" c="dimmed" mt={4}>
            <Amount progress={progress} />
            {progress.item && ` · ${progress.item}`}
            {state === 'running' &&
              progress.secondsLeft !== null &&
              ` · ${texts.left(format.duration(progress.secondsLeft * 1_000))}`}
          </Text>
        </div>
      )}
      {!isBrief && !isRun && steps.length > 0 && (
        <Timeline
          active={state === 'succeeded' ? steps.length : steps.length - 1}
          bulletSize={16}
          lineWidth={2}
        >
          {steps.map(({ name, startedAt }) => (
            <Timeline.Item key={`${name} ${startedAt}`} title={name}>
              <Text size="xs" c="dimmed">
                <Moment at={startedAt} />
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
      {error && (
        <Paper withBorder p="md" role="alert">
          <Text fw={600} c="red" size="sm">
            {texts.error}
          </Text>
          <Text size="sm" className="code">
            {error}
          </Text>
        </Paper>
      )}
      {!isBrief && !isRun && operation.result != null && Object.keys(Object(operation.result)).length > 0 && (
        <div>
          <Text fw={600} size="sm" mb={4}>
            {texts.result}
          </Text>
          <Code block className="code">
            {JSON.stringify(operation.result, null, 2)}
          </Code>
        </div>
      )}
    </Stack>
  );
}

function Amount({ progress }: { progress: NonNullable<Operation['progress']> }) {
  const { operations: texts } = useTexts();
  const format = useFormat();
  const { done, total, unit, perSecond } = progress;
  if (unit !== 'bytes') return texts.done(format.number(done), format.number(total), unit);
  const bytes = texts.bytes(format.bytes(done), format.bytes(total));
  return perSecond > 0 ? `${bytes} · ${format.bytes(perSecond)}/s` : bytes;
}
