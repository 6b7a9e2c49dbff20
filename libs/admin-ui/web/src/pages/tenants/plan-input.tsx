import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client.js';
import { useTexts } from '../../texts/texts.js';

interface PlanInputProps {
  readonly value: string;
  readonly onChange: (plan: string) => void;
  readonly isOptional?: boolean;
}

/** One of the plans that are declared; any text where none are. */
export function PlanInput({ value, onChange, isOptional = false }: PlanInputProps) {
  const { tenants: texts } = useTexts();
  const { data } = useQuery({ queryKey: ['plans'], queryFn: () => answer(api.GET('/plans')) });
  const names = data?.items.map(({ name }) => name) ?? [];
  const shared = {
    label: texts.columns.plan,
    value,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value),
  };
  if (names.length === 0) return <TextInput {...shared} />;
  const known = names.includes(value) || value === '' ? names : [value, ...names];
  return (
    <NativeSelect
      {...shared}
      data={[...(isOptional ? [{ value: '', label: texts.defaultPlan }] : []), ...known]}
    />
  );
}
