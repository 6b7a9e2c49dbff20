import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Put,
  Query,
  Req,
  Res,
  type StreamableFile,
  type Type,
  UseFilters,
} from '@nestjs/common';
import { SystemRoute, TenancyExceptionFilter } from '@rowhouse/nestjs';
import type { PlatformResponse } from '@rowhouse/nestjs/operator';
import { FileUploadInvalidError } from '../errors.js';
import { UPLOAD_TYPE } from '../store/local-file-store.js';
import { type ContentRequest, FileContents } from './file-contents.js';

/** What URLs lead to that were signed for files on a disk: the signature is who may, and says for which tenant. */
class ContentController {
  constructor(@Inject(FileContents) private readonly contents: FileContents) {}

  @Put()
  @HttpCode(204)
  async put(@Query('token') token: unknown, @Req() request: ContentRequest): Promise<void> {
    await this.contents.receive(
      token,
      bodyOf(request),
      Number(request.headers['content-length'] ?? Number.NaN),
    );
  }

  @Get()
  get(
    @Query('token') token: unknown,
    @Req() request: ContentRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<StreamableFile | undefined> {
    return this.contents.serve(token, request, response);
  }
}

/** Fastify hands the stream on as the body; with Express the request is the stream. */
function bodyOf(request: ContentRequest): Readable {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const stream = [request.body, request].find((one) => one instanceof Readable);
  if (type.trim().toLowerCase() !== UPLOAD_TYPE || !stream)
    throw new FileUploadInvalidError(`Send the file itself, with the Content-Type ${UPLOAD_TYPE}.`);
  // Destroyed with an error, the request would take the connection with it, and the answer.
  return Readable.from((stream as Readable).iterator({ destroyOnReturn: false }));
}

export function contentController(path: string): Type {
  @Controller(`${path}/content`)
  @SystemRoute('the signed URL of a file')
  @UseFilters(TenancyExceptionFilter)
  class TenantFileContentController extends ContentController {}
  return TenantFileContentController;
}
