import { text } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { TenantFiles } from '@rowhouse/files';
import { TenantUsage } from '@rowhouse/metrics/usage';
import { findOwnedOr404 } from '@rowhouse/typeorm';
import { type TenantCollection, TenantVectors } from '@rowhouse/vectors';
import { In, type Repository } from 'typeorm';
import { Document } from './document.entity.js';

export interface FoundDocument extends Document {
  /** The smaller, the nearer to what was asked. */
  readonly distance: number;
}

/** The documents of the workspace in force. Nothing here names it. */
@Injectable()
export class Documents {
  readonly #texts: TenantCollection;

  constructor(
    @InjectRepository(Document) private readonly documents: Repository<Document>,
    private readonly files: TenantFiles,
    private readonly usage: TenantUsage,
    vectors: TenantVectors,
  ) {
    this.#texts = vectors.collection('documents');
  }

  /** Makes a document of an uploaded text. Of a file there is one, however often this is called; after a crash, call it again. */
  async add(title: string, fileId: string): Promise<Document> {
    const content = await text(await this.files.read(fileId));
    const { raw } = await this.documents
      .createQueryBuilder()
      .insert()
      .values({ title, fileId })
      .orIgnore()
      .returning('id')
      .execute();
    if (raw.length > 0) this.usage.add('documents');
    const document = await this.documents.findOneByOrFail({ fileId });
    await this.#texts.upsert([{ id: document.id, document: `${document.title}\n${content}` }]);
    return document;
  }

  latest(): Promise<Document[]> {
    return this.documents.find({ order: { id: 'desc' }, take: 100 });
  }

  find(id: string): Promise<Document> {
    return findOwnedOr404(this.documents, id);
  }

  /** Those whose texts are nearest to a question, the nearest first. */
  async search(question: string, limit: number): Promise<FoundDocument[]> {
    this.usage.add('searches');
    const matches = await this.#texts.query({ text: question, limit });
    const found = await this.documents.findBy({ id: In(matches.map(({ id }) => id)) });
    return matches.flatMap(({ id, distance }) => {
      const document = found.find((one) => one.id === id);
      return document ? [{ ...document, distance }] : [];
    });
  }
}
