import { Button, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { useTexts } from '../../texts/texts.js';
import type { Operation } from '../operations/watch-operation.js';

interface MadeTenantProps {
  readonly operation: Operation;
  /** The slug of the tenant that it was made of. */
  readonly of?: string | undefined;
}

/** The way to the tenant that an operation has made; nothing for an operation that makes none. */
export function MadeTenant({ operation, of }: MadeTenantProps) {
  const { transfers: texts } = useTexts();
  const { slug, tenantId } = Object(operation.result) as { slug?: string; tenantId?: string };
  // A new tenant has the id of the operation.
  if (!slug || tenantId !== operation.id) return null;
  return (
    <Group>
      <Text size="sm" fw={600}>
        {texts.made(slug)}
      </Text>
      <Button component={Link} to={`/tenants/${slug}`} size="xs" variant="default">
        {texts.open(slug)}
      </Button>
      {of && (
        <Button component={Link} to={`/tenants/${of}/compare?with=${slug}`} size="xs">
          {texts.compare(of, slug)}
        </Button>
      )}
    </Group>
  );
}
