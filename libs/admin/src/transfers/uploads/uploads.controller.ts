import { randomUUID } from 'node:crypto';
import {
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type PlatformResponse,
  receiveBody,
  type UnreadRequest,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../../idempotency/idempotency.interceptor.js';
import { Describe } from '../../openapi/route-description.js';
import { bodyOf } from '../imports/upload.js';
import { bytesIn, checksumIn, requireTusVersion, sendTusHeaders, TUS_TYPE } from './tus.js';
import { type Upload, Uploads } from './uploads.js';

const uploadAnswer = z
  .object({
    id: z.guid(),
    sizeBytes: z.int(),
    receivedBytes: z.int().describe('Where the next request goes on.'),
    createdBy: z.object({ type: z.string(), id: z.string() }).nullable(),
    createdAt: z.date(),
    expiresAt: z.date().describe('When it is removed, if nothing more is sent.'),
  })
  .meta({ id: 'Upload' });

/** Archives are uploaded in as many requests as it takes, by tus 1.0. An upload is an archive that imports can name. */
@UseInterceptors(IdempotencyInterceptor)
export class UploadsController {
  constructor(@Inject(Uploads) private readonly uploads: Uploads) {}

  @Post()
  @Describe({
    summary: 'Begins an upload of Upload-Length bytes (tus 1.0).',
    answer: uploadAnswer,
    problems: [412, 413],
  })
  async create(
    @Headers('upload-length') _length: string | undefined,
    @Headers('tus-resumable') _version: string | undefined,
    @IdempotencyKey() key: string | undefined,
    @Req() request: UnreadRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Upload> {
    requireTusVersion(request.headers);
    const id = key ? idempotentId(`upload of ${operatorOf(request).id}`, key) : randomUUID();
    const upload = await this.uploads.create(
      id,
      bytesIn(request.headers, 'Upload-Length', 1),
      actorOf(request),
    );
    sendTusHeaders(response, upload);
    response.header('Location', `uploads/${id}`);
    return upload;
  }

  @Get(':upload')
  @Describe({
    summary: 'Reads how far an upload is. HEAD answers the same in headers (tus 1.0).',
    answer: uploadAnswer,
  })
  async find(
    @Param('upload') id: string,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Upload> {
    const upload = await this.uploads.find(id);
    sendTusHeaders(response, upload);
    return upload;
  }

  @Patch(':upload')
  @HttpCode(204)
  @Describe({
    summary: 'Adds the body to an upload, at Upload-Offset (tus 1.0).',
    status: 204,
    bodyTypes: [TUS_TYPE],
    problems: [409, 412, 413, 415, 423, 460],
  })
  async append(
    @Param('upload') id: string,
    @Headers('upload-offset') _offset: string | undefined,
    @Headers('upload-checksum') _checksum: string | undefined,
    @Headers('tus-resumable') _version: string | undefined,
    @Req() request: UnreadRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    const { headers } = request;
    await this.uploads.find(id);
    requireTusVersion(headers);
    const body = bodyOf(request, [TUS_TYPE]);
    const offset = bytesIn(headers, 'Upload-Offset', 0);
    const appended = { by: actorOf(request), checksum: checksumIn(headers) };
    const upload = await receiveBody(body, (stream) => this.uploads.append(id, offset, stream, appended));
    sendTusHeaders(response, upload);
  }

  @Delete(':upload')
  @HttpCode(204)
  @Describe({ summary: 'Removes an upload, complete or not.', status: 204 })
  async remove(@Param('upload') id: string, @Req() request: object): Promise<void> {
    await this.uploads.remove(id, actorOf(request));
  }
}
