import { Text } from '@mantine/core';
import { useFormat } from '../../texts/use-format.js';

interface QuantityProps {
  readonly unit: string | null;
  /** A decimal number. */
  readonly quantity: string;
}

/** How much, as people read it; pointed at, exactly. */
export function Quantity({ unit, quantity }: QuantityProps) {
  const format = useFormat();
  return (
    <Text span inherit title={`${quantity} ${unit ?? ''}`.trim()}>
      {readable()}
    </Text>
  );

  function readable(): string {
    if (unit === 'milliseconds') return format.duration(Number(quantity));
    if (unit === 'byte-hours') return `${format.bytes(Number(quantity))}·h`;
    return format.exact(quantity);
  }
}
