import type { AdminSchemas } from '@rowhouse/client';

export type TenantLimits = AdminSchemas['schemas']['TenantLimits'];

export const GROUPS = ['limits', 'quotas', 'rates', 'features'] as const;
type Group = (typeof GROUPS)[number];
type Path = readonly [Group, string];

interface Held {
  readonly value: string | number | boolean | null;
  readonly source: 'override' | 'plan' | 'default';
}

/** What holds for a tenant, by group and name. */
export interface Limit extends Held {
  readonly path: Path;
  /** An override of what no plan has any more is not. */
  readonly isInForce: boolean;
}

/** What was typed in place of one; empty where its plan is to say it again. */
export interface TypedLimit {
  readonly path: Path;
  readonly typed: string | boolean;
}

export function limitsOf(read: TenantLimits): readonly Limit[] {
  return GROUPS.flatMap((group) => {
    const held = Object.entries<Held>(read[group]);
    const stored = Object.entries(Object(read.overrides[group]) as Record<string, Held['value']>);
    return [
      ...held.map(([name, { value, source }]) => ({
        path: [group, name] as const,
        value,
        source,
        isInForce: true,
      })),
      ...stored
        .filter(([name]) => !Object.hasOwn(read[group], name))
        .map(([name, value]) => ({
          path: [group, name] as const,
          value,
          source: 'override' as const,
          isInForce: false,
        })),
    ];
  });
}

/** As a merge patch has it. What is no number is sent as it is: the API says what it expects. */
export function typedValueOf([group]: Path, typed: TypedLimit['typed']): unknown {
  if (typeof typed === 'boolean') return typed;
  const text = typed.trim();
  if (text === '') return null;
  const isNumber = group !== 'rates' && Number.isFinite(Number(text));
  return isNumber ? Number(text) : text;
}
