import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Tagged, tagged } from '../../api/client.js';
import { isConflict, isMissing } from '../../api/problem.js';
import { Conflict } from '../../parts/conflict.js';
import { Loaded } from '../../parts/loaded.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import { SettingInput } from './setting-input.js';
import { fieldsOf, type JsonSchema, type Path, patchOf, valueAt } from './settings-fields.js';

type TenantSettings = AdminSchemas['schemas']['TenantSettings'];

export function Settings({ tenant }: { tenant: Tenant }) {
  const { settings: texts } = useTexts();
  const query = useQuery({
    queryKey: ['tenant', tenant.id, 'settings'],
    queryFn: () => tagged(api.GET('/tenants/{tenant}/settings', { params: { path: { tenant: tenant.id } } })),
  });
  if (isMissing(query.error)) return <Alert color="gray" variant="outline" title={texts.undeclared} />;
  return (
    <Loaded query={query}>
      {(read) => <SettingsForm tenant={tenant} latest={read} refetch={() => void query.refetch()} />}
    </Loaded>
  );
}

interface SettingsFormProps {
  readonly tenant: Tenant;
  readonly latest: Tagged<TenantSettings>;
  readonly refetch: () => void;
}

/** Changes what was read when the form was begun; what it has in the meantime is asked about. */
function SettingsForm({ tenant, latest, refetch }: SettingsFormProps) {
  const { settings: texts, parts } = useTexts();
  const mayChange = useMay('operator');
  const [base, setBase] = useState(latest);
  const [edits, setEdits] = useState<ReadonlyMap<string, { path: Path; value: unknown }>>(new Map());
  const secrets = new Map(base.data.secrets.map(({ path, isSet }) => [path, isSet]));
  const fields = fieldsOf(base.data.schema as JsonSchema);
  const change = useChange(
    (ifMatch: string) =>
      tagged(
        api.PATCH('/tenants/{tenant}/settings', {
          params: { path: { tenant: tenant.id }, header: { 'If-Match': ifMatch } },
          body: patchOf([...edits.values()]),
        }),
      ),
    [['tenant', tenant.id, 'history'], ['audit']],
  );
  const begin = (read: Tagged<TenantSettings>) => {
    setBase(read);
    setEdits(new Map());
    change.reset();
    refetch();
  };
  const send = (ifMatch: string) => change.mutateAsync(ifMatch).then(begin, refetch);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(base.etag);
  };
  const edit = (path: Path, value: unknown) =>
    setEdits((before) => new Map(before).set(path.join('.'), { path, value }));
  const theirs = fields
    .filter(
      ({ path }) =>
        !Object.is(String(valueAt(latest.data.effective, path)), String(valueAt(base.data.effective, path))),
    )
    .map(({ path }) => `${path.join('.')}: ${JSON.stringify(valueAt(latest.data.effective, path))}`);
  return (
    <form onSubmit={submit}>
      <Stack maw={640}>
        <Text size="sm" c="dimmed">
          {texts.hint}
        </Text>
        {fields.map(({ path, schema }) => {
          const name = path.join('.');
          const edited = edits.get(name);
          const isOverridden = valueAt(base.data.overrides, path) !== undefined || secrets.get(name) === true;
          return (
            <Group key={name} align="end" wrap="nowrap">
              <SettingInput
                name={name}
                schema={schema}
                isSecret={secrets.has(name)}
                description={
                  edited?.value === null
                    ? texts.willBeDefault
                    : isOverridden
                      ? texts.overridden
                      : texts.isDefault
                }
                value={edited ? edited.value : valueAt(base.data.effective, path)}
                onChange={(value) => edit(path, value)}
                isDisabled={!mayChange}
              />
              {mayChange && isOverridden && (
                <Button variant="default" onClick={() => edit(path, null)}>
                  {texts.useDefault}
                </Button>
              )}
            </Group>
          );
        })}
        {isConflict(change.error) ? (
          <Conflict
            theirs={theirs.join(', ')}
            takeTheirs={() => begin(latest)}
            keepMine={() => void send(latest.etag)}
          />
        ) : (
          <ProblemAlert error={change.error} />
        )}
        {mayChange && (
          <Group>
            <Button type="submit" loading={change.isPending} disabled={edits.size === 0}>
              {texts.save(tenant.slug)}
            </Button>
            {edits.size > 0 && (
              <Button variant="default" onClick={() => setEdits(new Map())}>
                {parts.back}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  );
}
