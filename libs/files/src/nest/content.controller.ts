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
import { UPLOAD_TYPE } from '../store/local-file-store.js';
import { type ContentRequest, FileContents } from './file-contents.js';
import { receiveFile } from './receive-file.js';

/** What URLs lead to that were signed for files on a disk: the signature is who may, and says for which tenant. */
class ContentController {
  constructor(@Inject(FileContents) private readonly contents: FileContents) {}

  @Put()
  @HttpCode(204)
  async put(@Query('token') token: unknown, @Req() request: ContentRequest): Promise<void> {
    const announcedBytes = Number(request.headers['content-length'] ?? Number.NaN);
    await receiveFile(request, UPLOAD_TYPE, (body) => this.contents.receive(token, body, announcedBytes));
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

export function contentController(path: string): Type {
  @Controller(`${path}/content`)
  @SystemRoute('the signed URL of a file')
  @UseFilters(TenancyExceptionFilter)
  class TenantFileContentController extends ContentController {}
  return TenantFileContentController;
}
