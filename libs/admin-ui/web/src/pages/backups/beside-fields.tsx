import { Checkbox, TextInput } from '@mantine/core';
import { useTexts } from '../../texts/texts.js';

/** What is asked for of a tenant that is made beside another. */
export interface BesideTenant {
  readonly slug: string;
  readonly suspended: boolean;
}

/** The other one is in service: jobs that write to customers would run for both. */
export const NEW_BESIDE: BesideTenant = { slug: '', suspended: true };

/** An empty slug is left to the API, which makes one of the moment. */
export function besideBody({ slug, suspended }: BesideTenant) {
  return { suspended, ...(slug.trim() && { slug: slug.trim() }) };
}

interface BesideFieldsProps {
  readonly value: BesideTenant;
  readonly onChange: (value: BesideTenant) => void;
}

export function BesideFields({ value, onChange }: BesideFieldsProps) {
  const { backups: texts } = useTexts();
  return (
    <>
      <TextInput
        label={texts.slug}
        description={texts.slugHint}
        value={value.slug}
        onChange={({ currentTarget }) => onChange({ ...value, slug: currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
      />
      <Checkbox
        label={texts.suspended}
        description={texts.suspendedHint}
        checked={value.suspended}
        onChange={({ currentTarget }) => onChange({ ...value, suspended: currentTarget.checked })}
      />
    </>
  );
}
