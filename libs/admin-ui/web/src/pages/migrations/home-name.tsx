import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

/** A home: that of a tenant leads there; `(rows)` and `(shared)` are of all. */
export function HomeName({ label }: { label: string }) {
  return label.startsWith('(') ? (
    <Text size="sm" component="span">
      {label}
    </Text>
  ) : (
    <Anchor component={Link} to={`/tenants/${encodeURIComponent(label)}`} size="sm">
      {label}
    </Anchor>
  );
}
