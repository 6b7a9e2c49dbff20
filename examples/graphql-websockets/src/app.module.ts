import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import { JwtResolver, TenancyModule } from '@rowhouse/nestjs';
import { TenantConnections, tenantSubscriptions } from '@rowhouse/nestjs/graphql';
import { Boards1764000000000 } from './1764000000000-boards.js';
import { BoardGateway } from './board.gateway.js';
import { BoardResolver } from './board.resolver.js';
import { Card } from './card.entity.js';
import { Comment } from './comment.entity.js';
import { TEAM_CLAIM } from './tokens.js';

export interface Settings {
  /** `postgres://` URL of the app's login. */
  readonly url: string;
  /** The same for the login that owns the database. */
  readonly ownerUrl: string;
  /** Verifies tokens; at least 32 characters. */
  readonly tokenSecret: string;
}

@Module({})
export class AppModule {
  static forRoot({ url, ownerUrl, tokenSecret }: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url, autoLoadEntities: true, migrations: [Boards1764000000000] },
          directUrl: ownerUrl,
          // Roles are the server's, which may have another app with Rowhouse.
          pool: { roles: 'boards' },
          // The team is that of the token, for requests as for sockets: nobody chooses it.
          resolvers: [new JwtResolver({ secret: tokenSecret, claim: TEAM_CLAIM })],
        }),
        TenancyMigrationModule.forRoot(),
        TypeOrmModule.forFeature([Card, Comment]),
        GraphQLModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          inject: [TenantConnections],
          useFactory: (connections: TenantConnections) => ({
            autoSchemaFile: true,
            subscriptions: {
              'graphql-ws': tenantSubscriptions(connections, {
                // Browsers send no headers with a WebSocket: the token comes with the first message.
                authenticate: (handshake, { connectionParams }) => {
                  handshake.headers['authorization'] = `Bearer ${connectionParams?.['token']}`;
                },
              }),
            },
          }),
        }),
      ],
      providers: [BoardResolver, BoardGateway],
    };
  }
}
