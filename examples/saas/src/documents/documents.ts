import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { TenantFiles } from '@rowhouse/files';
import { TenantUsage } from '@rowhouse/metrics/usage';
import { findOwnedOr404 } from '@rowhouse/typeorm';
import type { Repository } from 'typeorm';
import { Document } from './document.entity.js';

/** The documents of the workspace in force. Nothing here names it. */
@Injectable()
export class Documents {
  constructor(
    @InjectRepository(Document) private readonly documents: Repository<Document>,
    private readonly files: TenantFiles,
    private readonly usage: TenantUsage,
  ) {}

  /** Makes a document of an uploaded text. Of a file there is one, however often this is called. */
  async add(title: string, fileId: string): Promise<Document> {
    await this.files.requireServed(fileId);
    const { raw } = await this.documents
      .createQueryBuilder()
      .insert()
      .values({ title, fileId })
      .orIgnore()
      .returning('id')
      .execute();
    if (raw.length > 0) this.usage.add('documents');
    return this.documents.findOneByOrFail({ fileId });
  }

  latest(): Promise<Document[]> {
    return this.documents.find({ order: { id: 'desc' }, take: 100 });
  }

  find(id: string): Promise<Document> {
    return findOwnedOr404(this.documents, id);
  }
}
