import { Group, NativeSelect, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { TenantInput } from '../../parts/tenant-input.js';
import { useTexts } from '../../texts/texts.js';
import { BesideFields, besideBody, NEW_BESIDE } from '../backups/beside-fields.js';
import { useStart } from '../operations/begun.js';
import type { TransferChoices } from './declared.js';
import { IncludeFields, type RecordKind } from './include-fields.js';
import { MergeFields, mergeBody, NEW_MERGE } from './merge-fields.js';

const TARGETS = ['new', 'existing'] as const;

/** An archive that is there, as a request names it. */
export interface ImportSource {
  readonly named: { readonly export: string } | { readonly upload: string };
  /** What it is called on the page. */
  readonly name: string;
  /** Of the tenant that it was made of, where that is known. */
  readonly slug?: string;
  /** `undefined` where only the server can read the archive. */
  readonly tables?: readonly string[];
  /** Whether a key may have to open it. */
  readonly mayBeEncrypted: boolean;
}

interface ImportTargetProps {
  readonly source: ImportSource;
  readonly choices: TransferChoices;
}

/** An archive becomes a new tenant, or its rows go into one that is there. */
export function ImportTarget({ source, choices }: ImportTargetProps) {
  const { transfers: texts } = useTexts();
  const [target, setTarget] = useState<(typeof TARGETS)[number]>('new');
  const [identity, setIdentity] = useState('');
  const into = { source, choices, identity };
  return (
    <>
      {source.mayBeEncrypted && choices.identities.length > 0 && (
        <NativeSelect
          label={texts.identity}
          value={identity}
          onChange={({ currentTarget }) => setIdentity(currentTarget.value)}
          data={[{ value: '', label: texts.notEncrypted }, ...choices.identities]}
        />
      )}
      <SegmentedControl
        aria-label={texts.target}
        value={target}
        onChange={setTarget}
        data={TARGETS.map((value) => ({ value, label: texts.targets[value] }))}
      />
      {target === 'new' ? <IntoNew {...into} /> : <IntoExisting {...into} />}
    </>
  );
}

interface IntoProps extends ImportTargetProps {
  /** Empty for none. */
  readonly identity: string;
}

function IntoNew({ source, choices, identity }: IntoProps) {
  const { transfers: texts } = useTexts();
  const [given, setGiven] = useState({ ...NEW_BESIDE, suspended: false });
  const [include, setInclude] = useState<RecordKind[]>([]);
  const start = (dryRun: boolean) =>
    answer(
      api.POST('/imports', {
        body: { ...besideBody(given), ...source.named, ...(identity && { identity }), include, dryRun },
      }),
    );
  const check = useStart(() => start(true));
  const make = useStart(() => start(false));
  const slug = given.slug.trim() || source.slug;
  return (
    <>
      <BesideFields value={given} onChange={setGiven} />
      <IncludeFields choices={choices} value={include} onChange={setInclude} />
      <Group>
        <ConfirmButton label={texts.checkOnly} target={source.name} change={check}>
          {texts.checkOnlyHint}
        </ConfirmButton>
        <ConfirmButton label={texts.importNew} target={source.name} change={make}>
          {slug ? texts.importNewHint(slug) : texts.importNamedHint}
        </ConfirmButton>
      </Group>
    </>
  );
}

function IntoExisting({ source, choices, identity }: IntoProps) {
  const { transfers: texts } = useTexts();
  const [to, setTo] = useState('');
  const [merge, setMerge] = useState(NEW_MERGE);
  const [include, setInclude] = useState<RecordKind[]>([]);
  const tenant = to.trim();
  const params = { path: { tenant } };
  const { data: own } = useQuery({
    queryKey: ['tenant', tenant, 'tables'],
    queryFn: () => answer(api.GET('/tenants/{tenant}/tables', { params })),
    enabled: source.tables === undefined && tenant !== '',
    retry: false,
  });
  const importRows = (dryRun: boolean) =>
    answer(
      api.POST('/tenants/{tenant}/imports', {
        params,
        body: { ...mergeBody(merge), ...source.named, ...(identity && { identity }), include, dryRun },
      }),
    );
  const count = useStart(() => importRows(true));
  const write = useStart(() => importRows(false));
  const target = `${source.slug ?? source.name} → ${tenant}`;
  const tables = source.tables ?? own?.items.map(({ name }) => name) ?? [];
  return (
    <>
      <TenantInput label={texts.existing} value={to} onChange={setTo} except="" />
      <MergeFields tables={tables} value={merge} onChange={setMerge} />
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
