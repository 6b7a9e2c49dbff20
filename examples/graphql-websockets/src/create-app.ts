import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { TenantLogger } from '@rowhouse/nestjs';
import { tenantSockets } from '@rowhouse/nestjs/websockets';
import { AppModule, type Settings } from './app.module.js';

interface SocketClient {
  readonly handshake: { readonly auth: { readonly token?: string } };
}

export async function createApp(settings: Settings): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule.forRoot(settings), {
    logger: new TenantLogger({ logLevels: ['warn', 'error', 'fatal'] }),
    abortOnError: false,
  });
  const sockets = tenantSockets(app, new IoAdapter(app), {
    authenticate: (handshake, { handshake: { auth } }: SocketClient) => {
      handshake.headers['authorization'] = `Bearer ${auth.token}`;
    },
  });
  app.useWebSocketAdapter(sockets);
  return app;
}
