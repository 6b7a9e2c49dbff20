import { parseArgs } from 'node:util';
import { WORKS } from './works.mjs';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  tenants: { type: 'string' },
  platform: { type: 'string' },
  work: { type: 'string' },
  variant: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  minutes: { type: 'string' },
  draw: { type: 'string' },
  isolation: { type: 'string' },
  delay: { type: 'string' },
  pooler: { type: 'boolean', default: false },
  before: { type: 'string' },
};

export const USAGE = `npm run bench -- <name> [options]

  --quick             fewer rounds and shorter cells; see bench/README.md
  --json              print the result as one JSON object and nothing else
  --list              names of the benches
  --help

  Some of it only, where a bench has the notion:
  --tenants 10,100    numbers of tenants (memory: of schemas)
  --platform fastify  or express
  --work get,post     overhead: what a request does, of
                      ${Object.keys(WORKS).join(', ')}; two, five, thirty: so many statements
  --variant a,b       the baseline always runs as well
  --rounds 5          rounds of paired cells (overhead: the most)
  --seconds 2         length of a cell
  --draw zipf         some tenants are asked for more often than others; else uniform
  --isolation row     or database. overhead: how Rowhouse keeps the tenants apart; else schema
  --delay 0.5         overhead: so many ms more for a round trip to the server, half of it each way
  --pooler            overhead: all variants through PgBouncer, in transaction mode
  --minutes 10        length of the soak
  --before ../old     statement: the compiled workspace of another version, measured in the same run
  --profile           afterwards, profile each variant and print where its CPU time goes, against the baseline

  DATABASE_URL        a superuser's URL: measure on that server instead of the embedded PostgreSQL
`;

/** The command line is wrong; the message says what was expected. */
export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {boolean} profile
 * @property {number[] | undefined} tenants ascending
 * @property {string[] | undefined} platforms
 * @property {string[] | undefined} works
 * @property {string[] | undefined} variants
 * @property {number | undefined} rounds
 * @property {number | undefined} seconds
 * @property {string | undefined} draw
 * @property {string | undefined} isolation
 * @property {number | undefined} delayMs
 * @property {boolean} pooler
 * @property {number | undefined} minutes
 * @property {string | undefined} before
 */

/** @param {string[]} args */
export function parseCommandLine(args) {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) throw new UsageError(`One bench at a time, not ${positionals.join(' and ')}.`);
  return {
    name: positionals[0],
    list: values.list,
    help: values.help,
    json: values.json,
    options: {
      quick: values.quick,
      profile: values.profile,
      tenants: list(values.tenants)
        ?.map((text) => integer('tenants', text))
        .sort((a, b) => a - b),
      platforms: oneOf('platform', list(values.platform?.toLowerCase()), ['fastify', 'express']),
      works: oneOf('work', list(values.work), Object.keys(WORKS)),
      variants: list(values.variant),
      rounds: values.rounds === undefined ? undefined : integer('rounds', values.rounds),
      seconds: values.seconds === undefined ? undefined : positive('seconds', values.seconds, 600),
      minutes: values.minutes === undefined ? undefined : positive('minutes', values.minutes, 1_440),
      draw: oneOf('draw', list(values.draw), ['uniform', 'zipf'])?.[0],
      delayMs: values.delay === undefined ? undefined : positive('delay', values.delay, 1_000),
      isolation: oneOf('isolation', list(values.isolation), ['schema', 'row', 'database'])?.[0],
      pooler: values.pooler,
      before: values.before,
    },
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function list(text) {
  return text?.split(',').filter(Boolean);
}

/** The values, when all are among those allowed. */
export function oneOf(option, values, allowed) {
  const wrong = values?.find((value) => !allowed.includes(value));
  if (wrong !== undefined)
    throw new UsageError(`--${option}: expected ${allowed.join(', ')}; got "${wrong}".`);
  return values;
}

function integer(option, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(`--${option}: expected a whole number from 1; got "${text}".`);
  }
  return number;
}

function positive(option, text, most) {
  const number = Number(text);
  if (!(number > 0 && number <= most))
    throw new UsageError(`--${option}: expected ${option} up to ${most}; got "${text}".`);
  return number;
}
