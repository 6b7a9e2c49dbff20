import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the API's description: for people at /docs, for programs at /docs/openapi.json. */
export function serveApiDocs(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Rowhouse demo: a storefront')
    .setDescription(
      'One API, many shops. A request names its shop by the header `X-Tenant-ID` or by the subdomain ' +
        '(`acme.localhost`); the shops `acme`, `globex` and `initech` are open. Errors are RFC 9457 problem documents.',
    )
    .setVersion('0.1.0')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'Of the staff of a shop; the demo prints two.',
    })
    .addGlobalParameters({
      name: 'X-Tenant-ID',
      in: 'header',
      required: false,
      description: 'The shop, by slug or id. Left out where the subdomain names it, and for /health.',
      schema: { type: 'string', example: 'acme' },
    })
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
  });
}
