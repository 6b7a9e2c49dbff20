import type { SettingsChange, SettingsView } from '@rowhouse/admin/services';
import { table } from '../../shell/report.js';

/** A line for each setting, with what is in force and where it comes from. */
export function settingsText({ version, effective, overrides, secrets }: SettingsView): string {
  const overridden = new Set(leavesOf(overrides).map(([path]) => path));
  const secret = new Map(secrets.map(({ path, isSet }) => [path, isSet]));
  const rows = leavesOf(effective).map(([path, value]) => [
    path,
    secret.has(path) ? (secret.get(path) ? '***' : '(not set)') : JSON.stringify(value),
    overridden.has(path) ? 'override' : 'default',
  ]);
  return `${table(['SETTING', 'VALUE', 'FROM'], rows)}\n\nVersion ${version}.`;
}

export function historyText(changes: readonly SettingsChange[]): string {
  if (changes.length === 0) return 'No setting was changed.';
  return table(
    ['VERSION', 'WHEN', 'WHO', 'ACTION', 'SETTING', 'BEFORE', 'AFTER'],
    changes.flatMap(({ version, changedAt, actor, action, changes: settings }) =>
      settings.map(({ path, before, after }) => [
        String(version),
        changedAt.toISOString(),
        actor ? `${actor.type} ${actor.id}` : '-',
        action,
        path,
        before === null ? '-' : JSON.stringify(before),
        after === null ? '-' : JSON.stringify(after),
      ]),
    ),
  );
}

function leavesOf(value: object, before = ''): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(value).flatMap(([key, inner]): (readonly [string, unknown])[] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? [...leavesOf(inner, `${before}${key}.`)]
      : [[`${before}${key}`, inner]],
  );
}
