import { JsonInput, NativeSelect, NumberInput, PasswordInput, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../../texts/texts.js';
import type { JsonSchema } from './settings-fields.js';

interface SettingInputProps {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isSecret: boolean;
  readonly description: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly isDisabled: boolean;
}

/** What fits the type of a setting; anything else is written as JSON. */
export function SettingInput({
  name,
  schema,
  isSecret,
  value,
  onChange,
  isDisabled,
  ...rest
}: SettingInputProps) {
  const { signIn } = useTexts();
  const shared = {
    label: name,
    description: schema.description ? `${schema.description} (${rest.description})` : rest.description,
    disabled: isDisabled,
    flex: 1,
  };
  if (isSecret)
    return (
      <PasswordInput
        {...shared}
        autoComplete="new-password"
        placeholder="••••••••"
        value={typeof value === 'string' ? value : ''}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': signIn.show }}
      />
    );
  if (schema.enum?.every((each) => typeof each === 'string'))
    return (
      <NativeSelect
        {...shared}
        data={schema.enum.map(String)}
        value={String(value ?? '')}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    );
  switch (schema.type) {
    case 'boolean':
      return (
        <Switch
          {...shared}
          checked={value === true}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      );
    case 'integer':
    case 'number':
      return (
        <NumberInput
          {...shared}
          allowDecimal={schema.type === 'number'}
          value={typeof value === 'number' ? value : ''}
          onChange={(typed) => typeof typed === 'number' && onChange(typed)}
        />
      );
    case 'string':
      return (
        <TextInput
          {...shared}
          value={typeof value === 'string' ? value : ''}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
    default:
      return <Json shared={shared} value={value} onChange={onChange} />;
  }
}

/** Passed on whenever it is JSON; while it is typed it is not. */
function Json({
  shared,
  value,
  onChange,
}: {
  shared: object;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { settings: texts } = useTexts();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const change = (typed: string) => {
    setText(typed);
    try {
      onChange(JSON.parse(typed));
    } catch {
      // The input says so.
    }
  };
  return (
    <JsonInput
      {...shared}
      value={text}
      onChange={change}
      validationError={texts.notJson}
      autosize
      minRows={2}
    />
  );
}
