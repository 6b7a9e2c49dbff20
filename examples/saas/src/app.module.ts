import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MembershipPolicy, TenancyAdminModule } from '@rowhouse/admin';
import { TenantFile, TenantFilesModule } from '@rowhouse/files';
import {
  localKeys,
  TenantAuthorization,
  TenantIntegration,
  TenantIntegrationsModule,
} from '@rowhouse/integrations';
import { TenancyMetricsModule } from '@rowhouse/metrics';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import { HeaderResolver, SubdomainResolver, TenancyModule } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { TenancyJobsModule } from '@rowhouse/transfer/jobs';
import { TenantVectorsModule } from '@rowhouse/vectors';
import { InvoiceController } from './billing/invoice.controller.js';
import { meters } from './billing/prices.js';
import { CalendarController } from './calendar/calendar.controller.js';
import { CalendarStandInController } from './calendar/calendar-stand-in.controller.js';
import { DocumentsModule } from './documents/documents.module.js';
import { embedWords } from './documents/embed-words.js';
import { migrations } from './migrations/index.js';
import { PeopleModule } from './people/people.module.js';
import { SignedInGuard } from './people/signed-in.guard.js';
import { plans } from './plans.js';
import { SETTINGS, type Settings } from './settings.js';
import { WorkspacesModule } from './workspaces/workspaces.module.js';

@Module({})
export class AppModule {
  static forRoot(settings: Settings): DynamicModule {
    const { events: _, ...calendar } = settings.calendar;
    const operators = new OperatorAuth({ tokens: [{ token: () => settings.adminToken }] });
    return {
      module: AppModule,
      global: true,
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url: settings.url, autoLoadEntities: true, migrations },
          directUrl: settings.ownerUrl,
          pool: { guard: { allowAdvisoryLocks: true } }, // quotas are counted under a lock
          plans,
          // A browser is at acme.example.com; what has no host of its own sends X-Tenant-ID.
          resolvers: [new HeaderResolver(), new SubdomainResolver({ baseDomains: ['localhost'] })],
          accessPolicy: MembershipPolicy,
          hideUnknown: true, // whoever is no member learns no more than that there is nothing
        }),
        TenancyMigrationModule.forRoot(),
        TenancyAdminModule.forRoot({
          path: 'admin',
          auth: operators,
          members: { roles: ['owner', 'member'], ownerRole: 'owner' },
        }),
        TenancyMetricsModule.forRoot({ usage: { meters } }),
        TenancyJobsModule.forRoot(),
        TenantFilesModule.forRoot({
          path: 'files',
          auth: SignedInGuard,
          storage: {
            folder: settings.filesFolder,
            url: `${settings.publicUrl}/files`,
            secret: settings.filesSecret,
          },
          types: ['text/plain', 'text/markdown'],
          maxBytes: 90_000, // with its title, what a record of a collection holds
        }),
        TenantIntegrationsModule.forRoot({
          path: 'integrations',
          auth: SignedInGuard,
          url: `${settings.publicUrl}/integrations`,
          secret: settings.integrationsSecret,
          keys: localKeys([{ id: '1', secret: settings.integrationsKey }]),
          providers: { calendar },
        }),
        TypeOrmModule.forFeature([TenantFile, TenantIntegration, TenantAuthorization]),
        // With pgvector the default store does, and finds by an index.
        TenantVectorsModule.forRoot({ store: 'exact', embed: embedWords }),
        PeopleModule,
        WorkspacesModule,
        DocumentsModule,
      ],
      controllers: [CalendarController, CalendarStandInController, InvoiceController],
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
