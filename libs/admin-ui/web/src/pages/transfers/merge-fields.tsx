import { Checkbox, NativeSelect, Stack, Text } from '@mantine/core';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';

const POLICIES = ['fail', 'skip', 'overwrite', 'remap'] as const;

/** How rows are written to a tenant that is there. */
export interface Merge {
  /** Empty for all. */
  readonly tables: readonly string[];
  readonly withDependencies: boolean;
  readonly onConflict: (typeof POLICIES)[number];
}

export const NEW_MERGE: Merge = { tables: [], withDependencies: true, onConflict: 'fail' };

export function mergeBody({ tables, ...merge }: Merge) {
  return { ...merge, ...(tables.length > 0 && { tables: [...tables] }) };
}

interface MergeFieldsProps {
  /** Those that there are. */
  readonly tables: readonly string[];
  readonly value: Merge;
  readonly onChange: (value: Merge) => void;
}

export function MergeFields({ tables, value, onChange }: MergeFieldsProps) {
  const { transfers: texts } = useTexts();
  const mayOverwrite = useMay('owner');
  const offered = POLICIES.filter((policy) => policy !== 'overwrite' || mayOverwrite);
  return (
    <Stack gap="sm">
      <Checkbox.Group
        label={texts.tables}
        description={texts.tablesHint}
        value={[...value.tables]}
        onChange={(chosen) => onChange({ ...value, tables: chosen })}
      >
        <Stack gap={6} mt={6} mah={220} className="scrolls">
          {tables.map((name) => (
            <Checkbox key={name} value={name} label={name} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Checkbox
        label={texts.withDependencies}
        checked={value.withDependencies}
        onChange={({ currentTarget }) => onChange({ ...value, withDependencies: currentTarget.checked })}
      />
      <div>
        <NativeSelect
          label={texts.onConflict}
          value={value.onConflict}
          onChange={({ currentTarget }) =>
            onChange({
              ...value,
              onConflict: POLICIES.find((policy) => policy === currentTarget.value) ?? 'fail',
            })
          }
          data={offered.map((policy) => ({ value: policy, label: texts.policies[policy].label }))}
        />
        <Text size="xs" c="dimmed" mt={4}>
          {texts.policies[value.onConflict].hint}
        </Text>
      </div>
    </Stack>
  );
}
