import {
  type CanActivate,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Param,
  Req,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import type { Operator, PlatformResponse } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import type { ArchiveFiles } from '../archive-files.js';
import { DownloadLinkInvalidError } from '../transfer-errors.js';
import { TransferOperations } from '../transfer-operations.js';
import { type DownloadRequest, download } from './download.js';
import { Exports } from './exports.js';

const linkQuery = z.strictObject({
  expires: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
  signature: z.string().max(100),
});

/** Whoever downloads by a link, as the audit trail names them. */
const BEARER: Operator = { id: 'download link', role: 'viewer' };

/** Lets in whoever has a link that {@link Exports} has signed for the archive. */
@Injectable()
export class DownloadLinkGuard implements CanActivate {
  constructor(@Inject(Exports) private readonly exports: Exports) {}

  /** @throws {DownloadLinkInvalidError} */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    const link = linkQuery.safeParse(request.query);
    if (!link.success) throw new DownloadLinkInvalidError();
    await this.exports.requireLink(request.params.export, link.data);
    request.operator = BEARER;
    return true;
  }
}

/** For everybody who has a link. */
export class DownloadsController {
  readonly #files: ArchiveFiles;

  constructor(
    @Inject(Exports) private readonly exports: Exports,
    @Inject(TransferOperations) { parts }: TransferOperations,
  ) {
    this.#files = parts.files;
  }

  @Get(':export')
  async content(
    @Param('export') id: string,
    @Req() request: DownloadRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<StreamableFile | undefined> {
    return download(this.exports, this.#files, id, request, response);
  }
}
