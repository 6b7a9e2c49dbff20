import { NativeSelect, TextInput } from '@mantine/core';
import { useTexts } from '../../texts/texts.js';
import type { Limit, TypedLimit } from './limit-values.js';

interface LimitInputProps {
  readonly limit: Limit;
  readonly typed: TypedLimit['typed'] | undefined;
  readonly onChange: (typed: TypedLimit['typed']) => void;
}

export function LimitInput({ limit: { path, value }, typed, onChange }: LimitInputProps) {
  const { limits: texts } = useTexts();
  const name = path.join('.');
  if (typeof value === 'boolean')
    return (
      <NativeSelect
        size="xs"
        aria-label={name}
        value={typed === '' ? '' : String(typed ?? value)}
        onChange={({ currentTarget }) => onChange(currentTarget.value === 'true')}
        data={[
          ...(typed === '' ? [{ value: '', label: texts.asPlan }] : []),
          { value: 'true', label: texts.yes },
          { value: 'false', label: texts.no },
        ]}
      />
    );
  return (
    <TextInput
      size="xs"
      aria-label={name}
      value={String(typed ?? value ?? '')}
      placeholder={typed === '' ? texts.asPlan : texts.none}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      autoComplete="off"
    />
  );
}
