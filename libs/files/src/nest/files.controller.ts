import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  StreamableFile,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { RequireTenant, TenancyExceptionFilter } from '@rowhouse/nestjs';
import { type Page, pageOf, pageQuery, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { MODULE_NAME } from '../file-key.js';
import type { NewFile } from '../new-file.js';
import type { PresignedUpload } from '../store/file-store.js';
import { type PresignedDownload, TenantFiles } from '../tenant-files.js';
import { FileThumbnails } from '../thumbnails/thumbnails.js';
import { type FileView, viewOf } from './file-view.js';
import type { FilesPath } from './files-path.js';

const completion = z
  .strictObject({
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
      .optional(),
  })
  .nullish()
  .transform((body) => body ?? {});

const query = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.iso.datetime(), z.uuid()]),
}).extend({
  module: z.string().regex(MODULE_NAME, 'expected the name of a module').optional(),
  deleted: z.enum(['true', 'false']).default('false'),
});

/** The files of the request's tenant. */
class FilesController {
  constructor(
    @Inject(TenantFiles) private readonly files: TenantFiles,
    @Inject(FileThumbnails) private readonly thumbnails: FileThumbnails,
  ) {}

  @Post('upload/presign')
  async presign(@Body() body: NewFile): Promise<{ file: FileView; upload: PresignedUpload }> {
    const { file, upload } = await this.files.presign(body);
    return { file: viewOf(file), upload };
  }

  @Post(':id/complete')
  @HttpCode(200)
  async complete(
    @Param('id') id: string,
    @Body(new SchemaPipe('body', completion)) body: z.output<typeof completion>,
  ): Promise<FileView> {
    return viewOf(await this.files.complete(id, body));
  }

  @Get()
  async list(
    @Query(new SchemaPipe('query', query)) { limit, cursor, module, deleted }: z.output<typeof query>,
  ): Promise<Page<FileView>> {
    const after = cursor && { createdAt: new Date(cursor[0]), id: cursor[1] };
    const found = await this.files.list({ module, isDeleted: deleted === 'true', after, limit: limit + 1 });
    return pageOf(found.map(viewOf), limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<FileView> {
    return viewOf(await this.files.get(id));
  }

  @Get(':id/download')
  download(@Param('id') id: string): Promise<PresignedDownload> {
    return this.files.download(id);
  }

  /** Small, and made by the app: it comes from the app, wherever files are. */
  @Get(':id/thumbnail')
  @Header('Cache-Control', 'private, no-store')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Content-Security-Policy', "default-src 'none'; sandbox")
  async thumbnail(@Param('id') id: string): Promise<StreamableFile> {
    return new StreamableFile(await this.thumbnails.read(id), { type: 'image/webp' });
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id') id: string): Promise<void> {
    await this.files.delete(id);
  }

  @Post(':id/restore')
  @HttpCode(200)
  async restore(@Param('id') id: string): Promise<FileView> {
    return viewOf(await this.files.restore(id));
  }

  @Post(':id/purge')
  @HttpCode(204)
  async purge(@Param('id') id: string): Promise<void> {
    await this.files.purge(id);
  }
}

/** The controller at the app's path and behind the app's guard, for requests that name a tenant. */
export function filesController({ path, auth }: FilesPath): Type {
  @Controller(path)
  @RequireTenant()
  @UseGuards(auth)
  @UseFilters(TenancyExceptionFilter)
  class TenantFilesController extends FilesController {}
  return TenantFilesController;
}
