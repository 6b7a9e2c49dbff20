import type { ColumnFacts, TableFacts } from '../table-facts.js';
import { familyOf, needsRule } from './column-family.js';
import { type Masks, nameOfRule } from './mask-rules.js';

/** What columns with such names often hold. The first that fits counts. */
const GUESSES: readonly (readonly [name: RegExp, rule: string])[] = [
  [/e[-_]?mail/i, 'mask.email()'],
  [/phone|mobile|(^|_)(tel|fax)(_|$)/i, "mask.fake('phone')"],
  [/(first|given)[ _]?name/i, "mask.fake('firstName')"],
  [/(last|family)[ _]?name|surname/i, "mask.fake('lastName')"],
  [/company|employer|organi[sz]ation/i, "mask.fake('company')"],
  [/street|address/i, "mask.fake('street')"],
  [/city|town/i, "mask.fake('city')"],
  [/(^|[ _])(full|user|display)?[ _]?name$/i, "mask.fake('name')"],
  [/note|comment|description|message|body|text|bio/i, "mask.fake('text')"],
];

/** Characters that each of the guesses has room in. */
const SHORT = 24;

/** A file of rules for all columns that need one, to be read and changed. Rules that are there already are left out. */
export function masksFileFor(tables: readonly TableFacts[], masks: Masks = {}): string {
  const lines = tables.flatMap((table) => {
    const present = Object.hasOwn(masks, table.name) ? (masks[table.name] ?? {}) : {};
    const missing = table.columns.filter(
      (column) => needsRule(column) && !Object.hasOwn(present, column.name),
    );
    if (missing.length === 0) return [];
    const rules = missing.map(
      (column) => `    ${keyOf(column.name)}: ${guess(column)}, // ${onOneLine(column.type)}`,
    );
    const kept = Object.entries(present).map(
      ([name, rule]) => `    // ${onOneLine(name)}: ${nameOfRule(rule)}`,
    );
    return [`  ${keyOf(table.name)}: {`, ...kept, ...rules, '  },'];
  });
  return `import { defineMasks, mask } from '@rowhouse/transfer';\n\nexport default defineMasks({\n${lines.join('\n')}\n});\n`;
}

/** What nobody has looked at does not stay, unless it is a value of a table that all tenants share. */
function guess(column: ColumnFacts): string {
  if (column.refersOutside) return 'mask.keep()';
  const family = familyOf(column);
  if (family === 'json') return 'mask.json({})';
  const isShort = column.isKey && (column.maxLength ?? SHORT) < SHORT;
  if (family === 'text' && !isShort)
    return GUESSES.find(([name]) => name.test(column.name))?.[1] ?? 'mask.hash()';
  if (family === 'bytes' || (family === 'address' && !column.isKey)) return 'mask.hash()';
  if (!column.isNotNull) return 'mask.null()';
  return column.isLargeObject ? "mask.with(() => '0')" : "mask.with(() => '')";
}

function keyOf(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name);
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
