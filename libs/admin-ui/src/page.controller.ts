import { randomBytes } from 'node:crypto';
import { Get, Headers, Inject, NotFoundException, Param, Req, Res, StreamableFile } from '@nestjs/common';
import type { PlatformResponse } from '@rowhouse/nestjs/operator';
import { API_FROM_PAGE, contentSecurityPolicy, folderFrom, pageAt } from './page.js';
import { WebFiles } from './web-files.js';

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

interface Request {
  readonly url: string;
  readonly originalUrl?: string;
}

/** The page, at every path that it has a view for, and its files. */
export class PageController {
  constructor(
    @Inject(WebFiles) private readonly files: WebFiles,
    @Inject(API_FROM_PAGE) private readonly api: string,
  ) {}

  @Get()
  root(@Req() request: Request, @Res({ passthrough: true }) response: PlatformResponse) {
    return this.#page(request, response, 0);
  }

  @Get('assets/:name')
  asset(
    @Param('name') name: string,
    @Headers('accept-encoding') accepted: string | undefined,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): StreamableFile {
    const file = this.files.asset(name);
    if (!file) throw new NotFoundException();
    const isGzipped = /\bgzip\b/.test(accepted ?? '');
    response.header('Cache-Control', 'public, max-age=31536000, immutable');
    response.header('Vary', 'Accept-Encoding');
    response.header('X-Content-Type-Options', 'nosniff');
    if (isGzipped) response.header('Content-Encoding', 'gzip');
    const content = isGzipped ? file.gzipped : file.content;
    return new StreamableFile(content, { type: file.type, length: content.length });
  }

  @Get(':view')
  view(@Req() request: Request, @Res({ passthrough: true }) response: PlatformResponse) {
    return this.#page(request, response, 1);
  }

  @Get(':view/:item')
  item(@Req() request: Request, @Res({ passthrough: true }) response: PlatformResponse) {
    return this.#page(request, response, 2);
  }

  @Get(':view/:item/:tab')
  tab(@Req() request: Request, @Res({ passthrough: true }) response: PlatformResponse) {
    return this.#page(request, response, 3);
  }

  /** @param segments - of the request's path, below the path of the pages. */
  #page(request: Request, response: PlatformResponse, segments: number): StreamableFile {
    const [path = ''] = (request.originalUrl ?? request.url).split('?');
    const nonce = randomBytes(16).toString('base64');
    const page = Buffer.from(
      pageAt(this.files.page(), { base: folderFrom(path, segments), api: this.api, nonce }),
    );
    for (const [name, value] of Object.entries(HEADERS)) response.header(name, value);
    response.header('Content-Security-Policy', contentSecurityPolicy(nonce));
    response.header('Cache-Control', 'no-cache');
    return new StreamableFile(page, { type: 'text/html; charset=utf-8', length: page.length });
  }
}
