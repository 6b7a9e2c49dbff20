import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientGrpcProxy, GrpcMethod, ServerGrpc } from '@nestjs/microservices';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { firstValueFrom, type Observable } from 'rxjs';
import { freePort } from '../../../../test/support/free-port.js';
import { TenantMessages } from '../messages/tenant-messages.js';
import { exampleStore } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { TenancyModule } from '../tenancy.module.js';
import { purposeOfCall, TENANT_METADATA } from './message-purpose.js';
import { tenantGrpcClient } from './tenant-grpc-client.js';
import { tenantServer } from './tenant-server.js';

const PROTO = `syntax = "proto3";
package notes;
service Notes { rpc Who (Nothing) returns (Name); rpc Other (Nothing) returns (Name); }
message Nothing {}
message Name { string name = 1; }
`;

interface Notes {
  who(data: object, metadata?: Metadata): Observable<{ name: string }>;
  other(data: object, metadata?: Metadata): Observable<{ name: string }>;
}

@Controller()
class NotesController {
  @GrpcMethod('Notes', 'Who')
  async who() {
    await null;
    return { name: TenantContext.require().slug };
  }

  @GrpcMethod('Notes', 'Other')
  other() {
    return { name: TenantContext.require().slug };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'rowhouse-grpc-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('calls of gRPC name their tenant in their metadata, signed for their method', async () => {
  const protoPath = join(folder, 'notes.proto');
  writeFileSync(protoPath, PROTO);
  const options = { package: 'notes', protoPath, url: `127.0.0.1:${await freePort()}` };
  const store = exampleStore();

  @Module({
    imports: [
      TenancyModule.forRoot({
        store,
        resolvers: [new HeaderResolver()],
        messages: { keys: ['k'.repeat(32)] },
      }),
    ],
    controllers: [NotesController],
  })
  class RootModule {}
  const app = await NestFactory.createMicroservice(RootModule, {
    inject: [TenantMessages],
    useFactory: (given: TenantMessages) => ({ strategy: tenantServer(new ServerGrpc(options), given) }),
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  const messages = app.get(TenantMessages);
  const plain = new ClientGrpcProxy(options);
  const client = tenantGrpcClient(new ClientGrpcProxy(options), messages);
  try {
    const acme = (await store.findBySlug('acme' as Tenant['slug'])) as Tenant;
    const notes = client.getService<Notes>('Notes');
    const inAcme = <T>(work: () => Promise<T>) => TenantContext.run(acme, work);
    expect(await inAcme(() => firstValueFrom(notes.who({})))).toEqual({ name: 'acme' });

    const code = (answer: Observable<unknown>) =>
      firstValueFrom(answer).catch((error: { code: number; details: string }) => [error.code, error.details]);
    // Without a tenant the guard refuses, and clients see nothing of what it says to developers.
    expect(await code(notes.who({}))).toEqual([3, 'TENANT_UNRESOLVED: This request names no tenant.']);

    const token = TenantContext.run(acme, () => messages.sign(purposeOfCall('/notes.Notes/Who'))) as string;
    const metadata = new Metadata();
    metadata.set(TENANT_METADATA, token);
    const byHand = plain.getService<Notes>('Notes');
    expect(await code(byHand.who({}, metadata))).toEqual({ name: 'acme' });
    const refused = [16, 'MESSAGE_REFUSED: The tenant of this message is not proven.'];
    expect(await code(byHand.other({}, metadata))).toEqual(refused);
    metadata.add(TENANT_METADATA, token);
    expect(await code(byHand.who({}, metadata))).toEqual(refused);

    await store.setStatus(acme.id, 'suspended');
    expect(await inAcme(() => code(notes.who({})))).toEqual([
      7,
      'TENANT_SUSPENDED: This tenant is suspended.',
    ]);
  } finally {
    await client.close();
    await plain.close();
    await app.close();
  }
});
