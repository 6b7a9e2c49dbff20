import type { Fact, Snapshot } from './snapshot.js';

export interface Comparison {
  /** Schemas whose objects count as being in one and the same schema: names are compared without them. */
  readonly sameSchemas?: readonly string[];
  /** Facts that are compared; default all. */
  readonly only?: (fact: Fact) => boolean;
  /** What is there afterwards and was not before is no difference. */
  readonly mayHaveMore?: boolean;
}

/** What differs between two snapshots, one line for each fact. */
export function differences(before: Snapshot, after: Snapshot, comparison: Comparison = {}): string[] {
  const former = byObject(before, comparison);
  const latter = byObject(after, comparison);
  const lines: string[] = [];
  for (const [key, value] of former) {
    const now = latter.get(key);
    if (now === undefined) lines.push(`${key}: is gone`);
    else if (now !== value) lines.push(`${key}: ${change(value, now)}`);
  }
  if (!comparison.mayHaveMore)
    for (const key of latter.keys()) if (!former.has(key)) lines.push(`${key}: is new`);
  return summarised(lines);
}

function byObject(
  snapshot: Snapshot,
  { sameSchemas = [], only = () => true }: Comparison,
): ReadonlyMap<string, string> {
  const strip = stripper(sameSchemas);
  const facts = snapshot
    .filter(only)
    .map(({ kind, name, aspect, value }) => ({
      key: strip(`${kind} ${name} (${aspect})`),
      value: strip(value),
    }))
    .sort((a, b) => (`${a.key} ${a.value}` < `${b.key} ${b.value}` ? -1 : 1));
  const found = new Map<string, string>();
  for (const { key, value } of facts) {
    let unique = key;
    for (let place = 2; found.has(unique); place += 1) unique = `${key} #${place}`;
    found.set(unique, value);
  }
  return found;
}

/** Removes these schemas from the names in a text. */
export function stripper(schemas: readonly string[]): (text: string) => string {
  if (schemas.length === 0) return (text) => text;
  const names = schemas.map((schema) => schema.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const qualifier = new RegExp(
    `(?<![\\w$."])(?:${names.map((name) => `"${name}"|${name}`).join('|')})\\s*\\.(?=\\S)`,
    'g',
  );
  return (text) => text.replace(qualifier, '');
}

/** An object that is gone or new is named once, without its owner and the rest. */
function summarised(lines: readonly string[]): string[] {
  return lines.filter((line) => {
    const [, object, state] = /^(.*) \((?:owner|acl|options|security)\): is (gone|new)$/.exec(line) ?? [];
    return object === undefined || !lines.includes(`${object} (definition): is ${state}`);
  });
}

const SHOWN = 160;

/** The two values from shortly before the place where they differ. */
function change(before: string, after: string): string {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const from = before.length < SHOWN && after.length < SHOWN ? 0 : Math.max(0, same - 40);
  return `${shown(before.slice(from))} became ${shown(after.slice(from))}`;
}

function shown(value: string): string {
  const line = value.replace(/\s+/g, ' ');
  if (line === '') return '(nothing)';
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
