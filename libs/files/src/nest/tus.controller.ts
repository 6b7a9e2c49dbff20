import {
  Controller,
  Delete,
  Head,
  HttpCode,
  Inject,
  Options,
  Param,
  Patch,
  Post,
  Req,
  Res,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { RequireTenant, TenancyExceptionFilter } from '@rowhouse/nestjs';
import type { PlatformResponse, UnreadRequest } from '@rowhouse/nestjs/operator';
import { ResumableUploads, type UploadProgress } from '../resumable/resumable-uploads.js';
import {
  newFileIn,
  numberIn,
  requireVersion,
  TUS_EXTENSIONS,
  TUS_TYPE,
  TUS_VERSION,
} from '../resumable/tus-headers.js';
import type { FilesPath } from './files-path.js';
import { receiveFile } from './receive-file.js';

type TusRequest = UnreadRequest & { readonly originalUrl: string };

/** Uploads that go on where they stopped, by tus 1.0.0 (https://tus.io/protocols/resumable-upload). */
class TusController {
  constructor(@Inject(ResumableUploads) private readonly uploads: ResumableUploads) {}

  @Options()
  @HttpCode(204)
  options(@Res({ passthrough: true }) response: PlatformResponse): void {
    response.header('Tus-Resumable', TUS_VERSION);
    response.header('Tus-Version', TUS_VERSION);
    response.header('Tus-Extension', TUS_EXTENSIONS);
  }

  @Post()
  async create(
    @Req() { headers, originalUrl }: TusRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    begin(headers, response);
    const file = await this.uploads.create(newFileIn(headers));
    const [path = ''] = originalUrl.split('?');
    response.header('Location', `${path.replace(/\/$/, '')}/${file.id}`);
    response.header('Upload-Expires', file.uploadExpiresAt.toUTCString());
  }

  @Head(':id')
  @HttpCode(200)
  async head(
    @Param('id') id: string,
    @Req() { headers }: TusRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    begin(headers, response);
    const progress = await this.uploads.progress(id);
    response.header('Cache-Control', 'no-store');
    response.header('Upload-Length', String(progress.file.sizeBytes));
    report(progress, response);
  }

  @Patch(':id')
  @HttpCode(204)
  async patch(
    @Param('id') id: string,
    @Req() request: TusRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    begin(request.headers, response);
    const offset = numberIn(request.headers, 'Upload-Offset');
    const progress = await receiveFile(request, TUS_TYPE, (body) => this.uploads.receive(id, offset, body));
    report(progress, response);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(
    @Param('id') id: string,
    @Req() { headers }: TusRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    begin(headers, response);
    await this.uploads.remove(id);
  }
}

/** Answers say the version, errors too. */
function begin(headers: TusRequest['headers'], response: PlatformResponse): void {
  response.header('Tus-Resumable', TUS_VERSION);
  response.header('Tus-Version', TUS_VERSION);
  requireVersion(headers);
}

function report({ file, offset }: UploadProgress, response: PlatformResponse): void {
  response.header('Upload-Offset', String(offset));
  response.header('Upload-Expires', file.uploadExpiresAt.toUTCString());
}

/** The controller below the app's path and behind the app's guard, for requests that name a tenant. */
export function tusController({ path, auth }: FilesPath): Type {
  @Controller(`${path}/tus`)
  @RequireTenant()
  @UseGuards(auth)
  @UseFilters(TenancyExceptionFilter)
  class TenantFileTusController extends TusController {}
  return TenantFileTusController;
}
