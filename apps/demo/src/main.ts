import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Logger } from '@nestjs/common';
import { banner } from './boot/banner.js';
import { explainFailure } from './boot/explain-failure.js';
import { openDatabase } from './boot/open-database.js';
import { requireFreePort } from './boot/require-free-port.js';
import { Shutdown } from './boot/shutdown.js';
import { createAdmin } from './create-admin.js';
import { createApp } from './create-app.js';
import { Fleet } from './fleet/fleet.js';
import { serveApiDocs } from './http/openapi.js';
import { DemoIssuer } from './members/demo-issuer.js';
import { readSettings, type Settings } from './settings.js';

const shutdown = new Shutdown();
shutdown.listen();

let settings: Settings | undefined;
try {
  settings = readSettings(process.env);
  await requireFreePort(settings.port, settings.host);
  await requireFreePort(settings.adminPort, settings.host);
  const database = await openDatabase(settings, shutdown);
  // Without one nobody may migrate: this start makes one and prints it.
  process.env.ROWHOUSE_ADMIN_TOKEN ||= randomBytes(12).toString('hex');
  const app = await createApp(database, settings.platform);
  shutdown.defer(() => app.close());
  serveApiDocs(app);
  await app.listen(settings.port, settings.host);
  const admin = await createAdmin(app, database);
  shutdown.defer(() => admin.close());
  await admin.listen(settings.adminPort, settings.host);
  const issuer = app.get(DemoIssuer);
  const staff = {
    nora: await issuer.tokenOf('nora@example.com'),
    sven: await issuer.tokenOf('sven@example.com'),
  };
  // From here on; what Nest says while it starts would hide the banner.
  Logger.overrideLogger(['log', 'warn', 'error', 'fatal']);
  const ports = { api: portOf(app), admin: portOf(admin) };
  console.log(banner(ports, database, staff));
  if (settings.hasFleet) {
    const fleet = new Fleet(app, database, ports);
    shutdown.defer(() => fleet.stop());
    fleet.open();
  }
} catch (error) {
  if (!shutdown.begun) {
    console.error(explainFailure(error, settings));
    await shutdown.close();
    process.exit(1);
  }
}

function portOf(server: INestApplication): number {
  return (server.getHttpServer().address() as AddressInfo).port;
}
