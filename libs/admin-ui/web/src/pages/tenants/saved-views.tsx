import { Button, CloseButton, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { useTexts } from '../../texts/texts.js';

interface SavedView {
  readonly name: string;
  /** The query of its URL. */
  readonly search: string;
}

interface SavedViewsProps {
  readonly current: string;
  readonly onOpen: (search: string) => void;
}

/** Views of the table under names of one's own, kept in this browser. */
export function SavedViews({ current, onOpen }: SavedViewsProps) {
  const { tenantViews: texts, parts } = useTexts();
  const [views, setViews] = useLocalStorage<readonly SavedView[]>({
    key: 'rowhouse.tenant-views',
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const [isOpen, { toggle, close }] = useDisclosure();
  const [name, setName] = useState('');
  const without = (gone: string) => views.filter((view) => view.name !== gone);
  const save = (event: FormEvent) => {
    event.preventDefault();
    setViews([...without(name.trim()), { name: name.trim(), search: current }]);
    setName('');
  };
  return (
    <Popover opened={isOpen} onChange={(opened) => !opened && close()} position="bottom-end" trapFocus>
      <Popover.Target>
        <Button variant="default" onClick={toggle}>
          {texts.views}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={texts.views}>
        <Stack gap="xs">
          {views.length === 0 && (
            <Text size="sm" c="dimmed">
              {texts.noViews}
            </Text>
          )}
          {views.map((view) => (
            <Group key={view.name} justify="space-between" wrap="nowrap">
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => {
                  close();
                  onOpen(view.search);
                }}
              >
                {view.name}
              </Button>
              <CloseButton
                size="sm"
                aria-label={texts.forget(view.name)}
                onClick={() => setViews(without(view.name))}
              />
            </Group>
          ))}
          <form onSubmit={save}>
            <Group gap="xs" wrap="nowrap" align="end">
              <TextInput
                label={texts.viewName}
                maxLength={60}
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
                autoComplete="off"
              />
              <Button type="submit" disabled={name.trim() === ''}>
                {parts.save}
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
