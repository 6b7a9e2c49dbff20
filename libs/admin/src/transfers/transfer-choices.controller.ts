import { Get, Inject } from '@nestjs/common';
import { RECORD_KINDS } from '@rowhouse/transfer';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { TransferOperations } from './transfer-operations.js';
import { MAX_UPLOAD_BYTES } from './transfer-tokens.js';

const names = z.array(z.string());

const choicesAnswer = z
  .object({
    include: z.array(z.enum(RECORD_KINDS)).describe('Records that can go along with rows.'),
    masks: names.describe('Masks of clones.'),
    identities: names.describe('Keys that open encrypted uploads: their names.'),
    maxUploadBytes: z.int(),
    hasBackups: z.boolean(),
  })
  .meta({ id: 'TransferChoices' });

/** What the application has declared for transfers: the names that requests may choose from. */
export class TransferChoicesController {
  constructor(
    @Inject(TransferOperations) private readonly transfers: TransferOperations,
    @Inject(MAX_UPLOAD_BYTES) private readonly maxUploadBytes: number,
  ) {}

  @Get()
  @Describe({ summary: 'Reads what transfers can choose from.', answer: choicesAnswer })
  read(): z.output<typeof choicesAnswer> {
    const { records, masks, identities, backups } = this.transfers.parts;
    return {
      include: [...records.kinds],
      masks: Object.keys(masks),
      identities: Object.keys(identities),
      maxUploadBytes: this.maxUploadBytes,
      hasBackups: backups !== undefined,
    };
  }
}
