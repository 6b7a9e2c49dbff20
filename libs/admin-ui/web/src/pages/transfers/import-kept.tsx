import { Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded } from '../../parts/loaded.js';
import { TenantInput } from '../../parts/tenant-input.js';
import { useTexts } from '../../texts/texts.js';
import { BesideFields, besideBody, NEW_BESIDE } from '../backups/beside-fields.js';
import { useStart } from '../operations/begun.js';
import type { TransferChoices } from './declared.js';
import { IncludeFields, type RecordKind } from './include-fields.js';
import { MergeFields, mergeBody, NEW_MERGE } from './merge-fields.js';
import { type Archive, useArchiveName } from './use-archives.js';

const TARGETS = ['new', 'existing'] as const;

/** An archive that is kept: as a new tenant, or its rows into one that is there. */
export function ImportKept({ choices, chosen }: { choices: TransferChoices; chosen: string }) {
  const { transfers: texts } = useTexts();
  const [typed, setTyped] = useState(chosen);
  const [id] = useDebouncedValue(typed.trim(), 300);
  const [target, setTarget] = useState<(typeof TARGETS)[number]>('new');
  const query = useQuery({
    queryKey: ['exports', 'one', id],
    queryFn: () => answer(api.GET('/exports/{export}', { params: { path: { export: id } } })),
    enabled: id !== '',
  });
  return (
    <Stack>
      <TextInput
        label={texts.exportId}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
      {id !== '' && (
        <Loaded query={query}>
          {(archive) => (
            <>
              <SegmentedControl
                aria-label={texts.target}
                value={target}
                onChange={setTarget}
                data={TARGETS.map((value) => ({ value, label: texts.targets[value] }))}
              />
              {target === 'new' ? (
                <IntoNew archive={archive} choices={choices} />
              ) : (
                <IntoExisting archive={archive} choices={choices} />
              )}
            </>
          )}
        </Loaded>
      )}
    </Stack>
  );
}

interface IntoProps {
  readonly archive: Archive;
  readonly choices: TransferChoices;
}

function IntoNew({ archive, choices }: IntoProps) {
  const { transfers: texts } = useTexts();
  const name = useArchiveName();
  const [given, setGiven] = useState({ ...NEW_BESIDE, suspended: false });
  const [include, setInclude] = useState<RecordKind[]>([]);
  const start = useStart(() =>
    answer(api.POST('/imports', { body: { ...besideBody(given), include, export: archive.id } })),
  );
  return (
    <>
      <BesideFields value={given} onChange={setGiven} />
      <IncludeFields choices={choices} value={include} onChange={setInclude} />
      <Group>
        <ConfirmButton label={texts.importNew} target={name(archive)} change={start}>
          {texts.importNewHint(given.slug.trim() || archive.slug)}
        </ConfirmButton>
      </Group>
    </>
  );
}

function IntoExisting({ archive, choices }: IntoProps) {
  const { transfers: texts } = useTexts();
  const [to, setTo] = useState('');
  const [merge, setMerge] = useState(NEW_MERGE);
  const [include, setInclude] = useState<RecordKind[]>([]);
  const tenant = to.trim();
  const importRows = (dryRun: boolean) =>
    answer(
      api.POST('/tenants/{tenant}/imports', {
        params: { path: { tenant } },
        body: { ...mergeBody(merge), include, export: archive.id, dryRun },
      }),
    );
  const count = useStart(() => importRows(true));
  const write = useStart(() => importRows(false));
  const target = `${archive.slug} → ${tenant}`;
  return (
    <>
      <TenantInput label={texts.existing} value={to} onChange={setTo} except="" />
      <MergeFields tables={archive.tables.map(({ name }) => name)} value={merge} onChange={setMerge} />
      <IncludeFields choices={choices} value={include} onChange={setInclude} />
      {tenant === '' ? (
        <Text size="sm" c="dimmed">
          {texts.chooseTarget}
        </Text>
      ) : (
        <Group>
          <ConfirmButton label={texts.dryRun} target={target} change={count}>
            {texts.dryRunHint}
          </ConfirmButton>
          <ConfirmButton label={texts.importRows} target={target} change={write}>
            {texts.importRowsHint}
          </ConfirmButton>
        </Group>
      )}
    </>
  );
}
