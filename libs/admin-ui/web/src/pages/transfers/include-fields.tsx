import { Checkbox, Stack } from '@mantine/core';
import { useTexts } from '../../texts/texts.js';
import type { TransferChoices } from './declared.js';

export type RecordKind = TransferChoices['include'][number];

interface IncludeFieldsProps {
  readonly choices: TransferChoices;
  readonly value: readonly RecordKind[];
  readonly onChange: (value: RecordKind[]) => void;
}

/** What goes along with the rows. */
export function IncludeFields({ choices, value, onChange }: IncludeFieldsProps) {
  const { transfers: texts } = useTexts();
  return (
    <Checkbox.Group
      label={texts.include}
      value={[...value]}
      onChange={(chosen) => onChange(choices.include.filter((kind) => chosen.includes(kind)))}
    >
      <Stack gap={6} mt={6}>
        {choices.include.map((kind) => (
          <Checkbox key={kind} value={kind} label={texts.kinds[kind]} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
