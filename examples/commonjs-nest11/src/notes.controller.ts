import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common';
import { Note } from './note.entity';

@Controller('notes')
export class NotesController {
  @Get()
  list(): Promise<Note[]> {
    return Note.find({ order: { id: 'ASC' } });
  }

  @Post()
  add(@Body() body: { text?: unknown }): Promise<Note> {
    if (typeof body?.text !== 'string' || body.text === '') throw new BadRequestException('Expected a text.');
    return Note.create({ text: body.text }).save();
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id', ParseIntPipe) id: number): Promise<void> {
    const note = await Note.findOneBy({ id });
    if (!note) throw new NotFoundException('There is no such note.');
    await note.remove();
  }
}
