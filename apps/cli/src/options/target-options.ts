import type { Command } from 'commander';
import { list } from './values.js';

/** What every command has that works on a database. */
export function withTarget(command: Command): Command {
  return command
    .option('--config <file>', 'the config (default: ROWHOUSE_CONFIG, or rowhouse.config.* here or above)')
    .option(
      '--url <url>',
      "the application's login, pooler included (default: of the config, DATABASE_URL, or a running demo)",
    )
    .option(
      '--direct-url <url>',
      'the owner of the schemas, past any pooler (default: DIRECT_DATABASE_URL, or --url)',
    )
    .option('--roles <prefix>', "the prefix of the deployment's roles (default: rowhouse)")
    .option('--no-roles', 'the deployment has roles off')
    .option('--home-schema <schema>', 'where tables of row tenants are (default: public)')
    .option('--shared-schemas <schemas>', 'schemas of reference tables, with commas (default: public)', list)
    .option('--json', 'prints one JSON document, and nothing else on stdout');
}
