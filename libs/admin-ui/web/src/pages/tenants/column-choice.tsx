import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { useTexts } from '../../texts/texts.js';
import type { ColumnName } from './columns.js';

interface ColumnChoiceProps {
  readonly offered: readonly ColumnName[];
  readonly value: readonly ColumnName[];
  readonly onChange: (columns: readonly ColumnName[]) => void;
}

export function ColumnChoice({ offered, value, onChange }: ColumnChoiceProps) {
  const { tenants, tenantViews: texts } = useTexts();
  const labels = { ...tenants.columns, ...texts.columns };
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Button variant="default">{texts.columnChoice}</Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={texts.columnChoice}>
        <Stack gap="xs">
          {offered.map((column) => (
            <Checkbox
              key={column}
              size="sm"
              label={labels[column]}
              disabled={column === 'slug'}
              checked={value.includes(column)}
              onChange={() =>
                onChange(
                  offered.filter((each) => (each === column ? !value.includes(each) : value.includes(each))),
                )
              }
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
