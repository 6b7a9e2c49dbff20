import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { withTarget } from '../options/target-options.js';
import { list, port } from '../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../shell/io.js';
import { print, printJson } from '../shell/print.js';
import { withFleet } from '../target/deployment.js';
import { examineTarget } from '../target/examine-target.js';
import type { TargetOptions } from '../target/target.js';
import { adminOidc } from './admin-oidc.js';
import { backupOptionsOf } from './backups/with-backups.js';

interface AdminOptions extends TargetOptions {
  readonly port: number;
  readonly host: string;
  readonly trustedProxies?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
Callers send the token of ROWHOUSE_ADMIN_TOKEN as a bearer token. People sign in with a browser at auth/login where the
config has admin.oidc, or the environment ROWHOUSE_ADMIN_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET; ROWHOUSE_ADMIN_URL is
where browsers reach the API, and ROWHOUSE_ADMIN_SESSION_KEY keeps them signed in when the command starts again. Without
any of these the command makes a token and prints it. Operations that are under way when it ends are resumed at its next
start, or by another instance.

The JSON, printed when it listens, is {"url", "ui", "token"?}: the token only if the command made it. Exit status: 0 after
Ctrl-C; 2 when the port is taken, or the config or the database cannot be used.

Examples:
  $ rowhouse admin
  $ ROWHOUSE_ADMIN_TOKEN=… rowhouse admin --host 0.0.0.0 --port 8080
`;

export function addAdmin(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('admin'))
    .description('serves the admin API and its pages over HTTP until Ctrl-C')
    .option('--port <number>', 'where it listens; 0 for any that is free', port, 3_001)
    .option('--host <address>', 'the address that it listens on', '127.0.0.1')
    .option(
      '--trusted-proxies <networks>',
      'whose X-Forwarded-For is believed, as CIDR; separate with commas',
      list,
    )
    .addHelpText('after', HELP)
    .action(async (options) => done(await serveAdmin(options, io)));
}

async function serveAdmin(options: AdminOptions, io: Io): Promise<ExitCode> {
  const given = io.env['ROWHOUSE_ADMIN_TOKEN'] || undefined;
  return withFleet(options, io, { app: true }, async (fleet, target, catalog) => {
    const { config } = target;
    const oidc = adminOidc(config?.config, io.env, options);
    const made = given || oidc ? undefined : randomBytes(24).toString('base64url');
    const { PostgresTenantStore } = await import('@rowhouse/core');
    const { OperatorAuth } = await import('@rowhouse/nestjs/operator');
    const { createAdminServer } = await import('@rowhouse/admin/server');
    const { TenancyAdminUiModule } = await import('@rowhouse/admin-ui');
    const app = await createAdminServer({
      catalog,
      fleet,
      store: new PostgresTenantStore({ pool: catalog }),
      auth: new OperatorAuth({ tokens: [{ token: () => given ?? made }] }),
      oidc,
      trustedProxies: options.trustedProxies,
      members: config?.config.members,
      settings: config?.config.settings,
      webhooks: config?.config.webhooks,
      transfers: config?.config.transfers,
      backups: config && backupOptionsOf(config),
      examine: (how) => examineTarget(target, how),
      modules: [TenancyAdminUiModule.forRoot({ path: 'ui', api: 'admin' })],
    });
    try {
      await app.init();
      // Nest logs by itself what listen() throws.
      app.useLogger(false);
      await app.listen(options.port, options.host).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EADDRINUSE'
          ? new UnusableError(`Port ${options.port} is taken. Choose another: --port ${options.port + 10}.`)
          : error;
      });
      app.useLogger(['warn', 'error', 'fatal']);
      const address = app.getHttpServer().address() as AddressInfo;
      const host = `http://${options.host}:${address.port}`;
      const url = `${host}/admin`;
      const ui = `${host}/ui`;
      if (options.json) printJson(io.stdout, { url, ui, ...(made && { token: made }) });
      else
        print(
          io.stdout,
          `Serving the admin API on ${url}, pages on ${ui}${made ? `, token ${made}` : ''}. Ctrl-C ends it.\n`,
        );
      if (io.signal && !io.signal.aborted) await once(io.signal, 'abort');
    } finally {
      await app.close();
    }
    return EXIT.ok;
  });
}
