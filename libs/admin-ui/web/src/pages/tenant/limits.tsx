import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api, type Tagged, tagged } from '../../api/client.js';
import { isConflict } from '../../api/problem.js';
import { Conflict } from '../../parts/conflict.js';
import { Loaded } from '../../parts/loaded.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { LimitInput } from './limit-input.js';
import {
  GROUPS,
  type Limit,
  limitsOf,
  type TenantLimits,
  type TypedLimit,
  typedValueOf,
} from './limit-values.js';
import { patchOf } from './settings-fields.js';
import { TENANT_CHANGED } from './use-tenant.js';

/** What holds for the tenant, and why; and what holds for it in place of its plan. */
export function Limits({ tenant }: { tenant: Tenant }) {
  const query = useQuery({
    queryKey: ['tenant', tenant.id, 'limits'],
    queryFn: () => tagged(api.GET('/tenants/{tenant}/limits', { params: { path: { tenant: tenant.id } } })),
  });
  const plans = useQuery({ queryKey: ['plans'], queryFn: () => answer(api.GET('/plans')) });
  return (
    <Loaded query={query}>
      {(read) => (
        <LimitsForm
          tenant={tenant}
          latest={read}
          hasPlans={(plans.data?.items.length ?? 0) > 0}
          refetch={() => void query.refetch()}
        />
      )}
    </Loaded>
  );
}

interface LimitsFormProps {
  readonly tenant: Tenant;
  readonly latest: Tagged<TenantLimits>;
  /** Without any there is nothing to override. */
  readonly hasPlans: boolean;
  readonly refetch: () => void;
}

/** Changes what was read when the form was begun; what it has in the meantime is asked about. */
function LimitsForm({ tenant, latest, hasPlans, refetch }: LimitsFormProps) {
  const { limits: texts, parts } = useTexts();
  const format = useFormat();
  const mayChange = useMay('operator') && hasPlans;
  const [begun, setBegun] = useState<Tagged<TenantLimits>>();
  const [edits, setEdits] = useState<ReadonlyMap<string, TypedLimit>>(new Map());
  // What was read last, until something is typed.
  const base = edits.size > 0 && begun ? begun : latest;
  const change = useChange(
    (ifMatch: string) =>
      tagged(
        api.PATCH('/tenants/{tenant}/limits', {
          params: { path: { tenant: tenant.id }, header: { 'If-Match': ifMatch } },
          body: patchOf(
            [...edits.values()].map(({ path, typed }) => ({ path, value: typedValueOf(path, typed) })),
          ),
        }),
      ),
    TENANT_CHANGED,
  );
  const clear = () => {
    setEdits(new Map());
    change.reset();
    refetch();
  };
  const send = (ifMatch: string) => change.mutateAsync(ifMatch).then(clear, refetch);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(base.etag);
  };
  const edit = ({ path }: Limit, typed: TypedLimit['typed']) => {
    if (edits.size === 0) setBegun(latest);
    setEdits((before) => new Map(before).set(path.join('.'), { path, typed }));
  };
  const shown = (value: Limit['value']) => {
    if (value === null) return texts.none;
    if (typeof value === 'boolean') return value ? texts.yes : texts.no;
    return typeof value === 'number' ? format.number(value) : value;
  };
  const limits = limitsOf(base.data);
  const before = new Map(limits.map(({ path, value }) => [path.join('.'), value]));
  const theirs = limitsOf(latest.data)
    .filter(({ path, value }) => before.get(path.join('.')) !== value)
    .map(({ path, value }) => `${path.join('.')}: ${shown(value)}`);
  const reasonOf = ({ isInForce, source }: Limit) => (isInForce ? texts.sources[source] : texts.notInForce);
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          {texts.plan} <b>{base.data.plan}</b>
          {!base.data.isDeclared && ` (${texts.undeclared})`}
        </Text>
        {mayChange && (
          <Text size="sm" c="dimmed" maw={720}>
            {texts.hint}
          </Text>
        )}
        {GROUPS.map((group) => [group, limits.filter(({ path }) => path[0] === group)] as const)
          .filter(([, own]) => own.length > 0)
          .map(([group, own]) => (
            <Table.ScrollContainer
              key={group}
              minWidth={640}
              scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
            >
              <Table aria-label={texts.groups[group]}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{texts.groups[group]}</Table.Th>
                    <Table.Th w={180}>{texts.value}</Table.Th>
                    <Table.Th w={230}>{texts.source}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {own.map((limit) => {
                    const name = limit.path.join('.');
                    const edited = edits.get(name);
                    return (
                      <Table.Tr key={name}>
                        <Table.Td>
                          {limit.path[1]}
                          {texts.meanings[name] && (
                            <Text size="xs" c="dimmed">
                              {texts.meanings[name]}
                            </Text>
                          )}
                        </Table.Td>
                        <Table.Td>
                          {mayChange && limit.isInForce ? (
                            <LimitInput
                              limit={limit}
                              typed={edited?.typed}
                              onChange={(typed) => edit(limit, typed)}
                            />
                          ) : (
                            shown(limit.value)
                          )}
                        </Table.Td>
                        <Table.Td>
                          <Group gap="xs">
                            <Badge
                              variant={limit.source === 'override' ? 'filled' : 'default'}
                              tt="none"
                              fw={500}
                            >
                              {edited
                                ? edited.typed === ''
                                  ? texts.willBePlan
                                  : texts.willBe
                                : reasonOf(limit)}
                            </Badge>
                            {mayChange && limit.source === 'override' && edited?.typed !== '' && (
                              <Button
                                size="compact-xs"
                                variant="default"
                                aria-label={`${texts.takeBack}: ${name}`}
                                onClick={() => edit(limit, '')}
                              >
                                {texts.takeBack}
                              </Button>
                            )}
                          </Group>
                        </Table.Td>
                      </Table.Tr>
                    );
                  })}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ))}
        {isConflict(change.error) ? (
          <Conflict theirs={theirs.join(', ')} takeTheirs={clear} keepMine={() => void send(latest.etag)} />
        ) : (
          <ProblemAlert error={change.error} />
        )}
        {mayChange && (
          <Group>
            <Button type="submit" loading={change.isPending} disabled={edits.size === 0}>
              {texts.save(tenant.slug)}
            </Button>
            {edits.size > 0 && (
              <Button variant="default" onClick={clear}>
                {parts.back}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  );
}
