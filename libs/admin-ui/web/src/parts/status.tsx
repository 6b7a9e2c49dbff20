import { Badge } from '@mantine/core';
import { useTexts } from '../texts/texts.js';

const COLORS = {
  active: 'green',
  ok: 'green',
  succeeded: 'green',
  verified: 'green',
  running: 'blue',
  waiting: 'blue',
  provisioning: 'blue',
  pending: 'blue',
  paused: 'yellow',
  maintenance: 'yellow',
  suspended: 'orange',
  behind: 'yellow',
  lapsed: 'orange',
  archived: 'gray',
  deleting: 'red',
  deleted: 'gray',
  cancelled: 'gray',
  expired: 'gray',
  ended: 'gray',
  revoked: 'gray',
  accepted: 'green',
  failed: 'red',
  done: 'green',
  completed: 'green',
  skipped: 'gray',
  delivered: 'green',
  dead: 'red',
  disabled: 'gray',
  complete: 'green',
  damaged: 'red',
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
} as const;

export type Status = keyof typeof COLORS;

export function StatusBadge({ status }: { status: Status }) {
  const { statuses } = useTexts();
  return (
    <Badge variant="dot" color={COLORS[status]} tt="none" fw={500} miw="max-content">
      {statuses[status]}
    </Badge>
  );
}
