import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTexts } from '../texts/texts.js';
import { ProblemAlert } from './problem-alert.js';
import type { useChange } from './use-change.js';

interface ConfirmButtonProps {
  /** Of the button, and of the question. */
  readonly label: string;
  /** What is acted on: named in the question. */
  readonly target: string;
  readonly children?: ReactNode;
  readonly change: Pick<
    ReturnType<typeof useChange<unknown>>,
    'mutateAsync' | 'isPending' | 'error' | 'reset'
  >;
  readonly isDangerous?: boolean;
  /** Has to be typed first. */
  readonly typed?: string;
  readonly size?: 'xs' | 'sm';
}

/** A button whose action is done when it has been confirmed, once. */
export function ConfirmButton({
  label,
  target,
  children,
  change,
  isDangerous = false,
  typed,
  size = 'sm',
}: ConfirmButtonProps) {
  const { parts } = useTexts();
  const [isOpen, { open, close }] = useDisclosure();
  const [text, setText] = useState('');
  const color = isDangerous ? 'red' : undefined;
  const ask = () => {
    change.reset();
    setText('');
    open();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await change.mutateAsync().then(close, () => {});
  };
  return (
    <>
      <Button
        variant={isDangerous ? 'outline' : 'default'}
        color={color}
        size={size}
        flex="none"
        onClick={ask}
      >
        {label}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={`${label}: ${target}`}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <form onSubmit={submit}>
          <Stack>
            {children && (
              <Text size="sm" component="div">
                {children}
              </Text>
            )}
            {typed !== undefined && (
              <TextInput
                label={parts.typeToConfirm(typed)}
                value={text}
                onChange={({ currentTarget }) => setText(currentTarget.value)}
                autoComplete="off"
                data-autofocus
              />
            )}
            <ProblemAlert error={change.error} />
            <Group justify="end">
              <Button variant="default" onClick={close}>
                {parts.back}
              </Button>
              <Button
                type="submit"
                color={color}
                loading={change.isPending}
                disabled={typed !== undefined && text !== typed}
              >
                {label}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
