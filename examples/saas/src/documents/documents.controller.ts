import { Body, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import { TenantController } from '@rowhouse/nestjs';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { SignedInGuard } from '../people/signed-in.guard.js';
import { Documents } from './documents.js';

const newDocument = z.strictObject({ title: z.string().trim().min(1).max(200), fileId: z.uuid() });

const question = z.strictObject({
  q: z.string().trim().min(1).max(1_000),
  limit: z.coerce.number().int().min(1).max(50).default(5),
});

@TenantController('documents')
@UseGuards(SignedInGuard)
export class DocumentsController {
  constructor(private readonly documents: Documents) {}

  @Post()
  add(@Body(new SchemaPipe('body', newDocument)) { title, fileId }: z.output<typeof newDocument>) {
    return this.documents.add(title, fileId);
  }

  @Get()
  async list() {
    return { items: await this.documents.latest() };
  }

  @Get('search')
  async search(@Query(new SchemaPipe('query', question)) { q, limit }: z.output<typeof question>) {
    return { items: await this.documents.search(q, limit) };
  }

  @Get(':id')
  find(@Param('id') id: string) {
    return this.documents.find(id);
  }
}
