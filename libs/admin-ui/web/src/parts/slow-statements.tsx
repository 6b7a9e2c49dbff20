import { Button, Code, Modal, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import { useMay } from '../session/use-me.js';
import { useTexts } from '../texts/texts.js';
import { useFormat } from '../texts/use-format.js';
import { Loaded } from './loaded.js';
import { Moment } from './moment.js';

type Statement = AdminSchemas['schemas']['TenantMetrics']['slowStatements'][number];

interface SlowStatementsProps {
  readonly tenant: { readonly id: string; readonly slug: string };
  readonly statements: readonly Statement[];
}

/** The statements of a tenant that took long, without their values. */
export function SlowStatements({ tenant, statements }: SlowStatementsProps) {
  const { statements: texts } = useTexts();
  const format = useFormat();
  const mayExplain = useMay('operator');
  return (
    <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={texts.slow} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.slow}</Table.Th>
            <Table.Th className="number">{texts.calls}</Table.Th>
            <Table.Th className="number">{texts.average}</Table.Th>
            <Table.Th className="number">{texts.longest}</Table.Th>
            <Table.Th>{texts.last}</Table.Th>
            {mayExplain && <Table.Th>{texts.plan}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {statements.map((statement) => (
            <Table.Tr key={statement.id}>
              <Table.Td>
                <Shape shape={statement.shape} />
              </Table.Td>
              <Table.Td className="number">{format.number(statement.calls)}</Table.Td>
              <Table.Td className="number">{format.duration(statement.averageMs)}</Table.Td>
              <Table.Td className="number">{format.duration(statement.maxMs)}</Table.Td>
              <Table.Td>
                <Moment at={statement.lastAt} />
              </Table.Td>
              {mayExplain && (
                <Table.Td>
                  {statement.shape !== null && <ShowPlan tenant={tenant} statement={statement} />}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The text of a statement without its values. */
export function Shape({ shape }: { shape: string | null }) {
  const { statements: texts } = useTexts();
  return shape === null ? (
    <Text size="sm" c="dimmed">
      {texts.unread}
    </Text>
  ) : (
    <Text size="xs" ff="monospace" className="code" lineClamp={6}>
      {shape}
    </Text>
  );
}

/** How PostgreSQL would execute it. It is asked for by hand: each time stands in the audit trail. */
function ShowPlan({ tenant, statement }: { tenant: SlowStatementsProps['tenant']; statement: Statement }) {
  const { statements: texts, parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" size="xs" onClick={open}>
        {texts.showPlan}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        size="xl"
        title={texts.planOf(tenant.slug)}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <Plan tenant={tenant.id} statement={statement} />
      </Modal>
    </>
  );
}

function Plan({ tenant, statement: { id, shape } }: { tenant: string; statement: Statement }) {
  const { statements: texts } = useTexts();
  const plan = useQuery({
    queryKey: ['metrics', tenant, 'plan', id],
    queryFn: () =>
      answer(
        api.GET('/metrics/{tenant}/slow-statements/{statement}/plan', {
          params: { path: { tenant, statement: id } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Stack>
      <Shape shape={shape} />
      <Loaded query={plan}>
        {({ plan: lines }) => (
          <>
            <Code block className="code" aria-label={texts.plan}>
              {lines.join('\n')}
            </Code>
            <Text size="sm" c="dimmed">
              {texts.planHint}
            </Text>
          </>
        )}
      </Loaded>
    </Stack>
  );
}
