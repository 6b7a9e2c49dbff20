import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { SystemRoute } from '@rowhouse/nestjs';

/** Beside the package's manifest, wherever its code was compiled to. */
const folder = join(dirname(createRequire(import.meta.url).resolve('@rowhouse/demo/package.json')), 'pages');
const fileOf = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The pages, which hold no data. What they show comes from the routes of the tenant, with the member's token. */
@Controller('portal')
@SystemRoute()
@ApiExcludeController()
export class PortalPagesController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  @Header('Referrer-Policy', 'no-referrer')
  page(): string {
    return fileOf('portal.html');
  }

  @Get('portal.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return fileOf('portal.js');
  }

  @Get('portal-texts.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  texts(): string {
    return fileOf('portal-texts.js');
  }

  @Get('portal.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return fileOf('portal.css');
  }
}
