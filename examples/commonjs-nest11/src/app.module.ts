import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { Notes1764000000000 } from './1764000000000-notes';
import { Note } from './note.entity';
import { NotesController } from './notes.controller';

export interface DatabaseFields {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

@Module({})
export class AppModule {
  /** @param fields - of a login that owns the database and has CREATEROLE. */
  static forRoot(fields: DatabaseFields): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', ...fields, autoLoadEntities: true, migrations: [Notes1764000000000] },
          pool: { roles: 'notes' }, // they are the server's, which may have another app with Rowhouse
          resolvers: [new HeaderResolver()], // X-Tenant-ID; a real app has an access policy too
        }),
        TenancyMigrationModule.forRoot(),
        TypeOrmModule.forFeature([Note]),
      ],
      controllers: [NotesController],
    };
  }
}
